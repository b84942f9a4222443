// Two authorizers that know one app each, without `iss` in their answers. One is honest; the other does to those who come to
// it what a test says: `evil.mode = 'pass-on'`.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { listen } from './listen.mjs';
import { text } from './oidc-pages.mjs';

const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };

export async function start() {
  const honest = await authorizer('honest');
  const evil = await authorizer('evil');
  evil.honest = honest;
  return {
    honest,
    evil,
    reset() {
      for (const one of [honest, evil]) Object.assign(one, { mode: 'ok', tokenRequests: [], authorizations: 0 });
    },
    close: () => Promise.all([honest.server.close(), evil.server.close()]),
  };
}

async function authorizer(name) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const state = { name, clientId: `${name}-client`, mode: 'ok', tokenRequests: [], authorizations: 0, codes: new Map(), privateKey, redirectUri: '' };
  state.key = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: name };
  state.server = await listen(async (request, response) => {
    const url = new URL(request.url, state.issuer);
    const body = new URLSearchParams(await text(request));
    const json = (value, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json', ...CORS });
      response.end(JSON.stringify(value));
    };
    if (request.method === 'OPTIONS') return json({});
    if (url.pathname === '/.well-known/openid-configuration') return json(metadata(state));
    if (url.pathname === '/jwks') return json({ keys: [state.key] });
    if (url.pathname === '/authorize') {
      state.authorizations += 1;
      response.writeHead(302, { location: whereTo(state, url.searchParams) });
      return response.end();
    }
    if (url.pathname === '/token') {
      state.tokenRequests.push(body);
      return json(...tokens(state, body));
    }
    response.writeHead(404).end();
  });
  state.issuer = `http://localhost:${state.server.port}`;
  return state;
}

function metadata({ issuer }) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  };
}

function whereTo(state, query) {
  const { honest } = state;
  const to = (address, parameters) => `${address}?${new URLSearchParams(parameters)}`;
  if (state.mode === 'pass-on') {
    // Somebody else's client, and this one's state, nonce and challenge: so the honest answer goes to this one's login.
    const passed = Object.fromEntries(query);
    return to(`${honest.issuer}/authorize`, { ...passed, client_id: honest.clientId, redirect_uri: honest.redirectUri });
  }
  const code = randomBytes(16).toString('base64url');
  state.codes.set(code, { nonce: query.get('nonce'), challenge: query.get('code_challenge') });
  if (state.mode === 'answer-elsewhere') {
    return to(honest.redirectUri, { code, state: query.get('state'), iss: state.issuer });
  }
  // To the address that is registered, whatever the request says.
  return to(state.redirectUri, { code, state: query.get('state') });
}

// The evil one takes any code and any verifier.
function tokens(state, form) {
  const granted = state.codes.get(form.get('code'));
  const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
  if (!granted || (state.name === 'honest' && granted.challenge !== challenge)) return [{ error: 'invalid_grant' }, 400];
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: state.issuer, aud: state.clientId, sub: `${state.name}-person`, iat: now, exp: now + 300, nonce: granted.nonce };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'ES256', kid: state.name })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key: state.privateKey, dsaEncoding: 'ieee-p1363' });
  return [{ access_token: `of-${state.name}`, token_type: 'Bearer', expires_in: 300, id_token: `${input}.${signature.toString('base64url')}` }];
}
