// An authorization server that is correct until a test switches one thing: `server.modes.token = 'html'`.
// It compares nothing it gets; it records every request so that a test can count them.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { listen } from './listen.mjs';
import { text } from './oidc-pages.mjs';

export const CLIENT_ID = 'pkce-login-hostile';

// What each endpoint can be switched to, besides `ok`.
export const MODES = {
  metadata: ['html', '500', 'no-cors', 'silent', 'wrong-issuer'],
  authorize: ['awkward-code', 'denied', 'foreign-error', 'no-iss', 'no-state', 'two-codes', 'two-states', 'wrong-iss', 'wrong-state'],
  token: ['hang-up', 'html', '500', 'invalid-grant', 'no-cors', 'redirect', 'silent'],
};

// A code with every character that a careless form encoder changes.
export const AWKWARD_CODE = 'a&b=c+d%e#f%26client_id%3Devil g';

// `requests` holds `{ method, host, path, query, headers, body }`. The `redirect` mode leads to another origin, which this
// server answers too: `tokenRequests()` counts what reached the token endpoint, `elsewhere()` what followed the redirect.
export async function start({ port = 0 } = {}) {
  const requests = [];
  const modes = { metadata: 'ok', authorize: 'ok', token: 'ok' };
  const state = { modes, nonces: new Map(), signer: newSigner() };
  const server = await listen(async (request, response) => {
    // A browser sends a request again by itself when a connection that it had used before is cut. With a new connection
    // for each, what is counted here is what the app sent.
    response.shouldKeepAlive = false;
    const url = new URL(request.url, `http://${request.headers.host}`);
    const record = {
      method: request.method,
      host: url.hostname,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await text(request).catch(() => ''),
    };
    requests.push(record);
    answer(state, record, response);
  }, port);
  state.origin = `http://hostile.localhost:${server.port}`;
  state.elsewhere = `http://elsewhere.localhost:${server.port}`;
  const reached = (host, path) =>
    requests.filter((request) => request.method !== 'OPTIONS' && request.host === host && request.path === path);
  return {
    origin: state.origin,
    issuer: state.origin,
    clientId: CLIENT_ID,
    modes,
    requests,
    tokenRequests: () => reached('hostile.localhost', '/token'),
    authorizationRequests: () => reached('hostile.localhost', '/authorize'),
    elsewhere: () => reached('elsewhere.localhost', '/token'),
    reset() {
      Object.assign(modes, { metadata: 'ok', authorize: 'ok', token: 'ok' });
      requests.length = 0;
    },
    close: server.close,
  };
}

function answer(state, request, response) {
  if (request.method === 'OPTIONS') return preflight(state, request, response);
  switch (request.path) {
    case '/.well-known/openid-configuration':
    case '/.well-known/oauth-authorization-server':
      return faulty(state.modes.metadata, response) || json(response, metadata(state), corsOf(state.modes.metadata));
    case '/jwks':
      return json(response, { keys: [state.signer.publicKey] });
    case '/authorize':
      return authorize(state, request.query, response);
    case '/token':
      return token(state, request, response);
    case '/userinfo':
      return json(response, { sub: 'mallory', name: 'Mallory Demo' });
    default:
      response.writeHead(404, { 'content-type': 'text/plain' });
      return response.end('Not found\n');
  }
}

function metadata({ origin, modes }) {
  return {
    issuer: modes.metadata === 'wrong-issuer' ? 'http://other.localhost' : origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/userinfo`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    scopes_supported: ['openid', 'profile'],
    authorization_response_iss_parameter_supported: true,
  };
}

// Straight back, without a page.
function authorize({ modes, nonces, origin }, query, response) {
  const code = modes.authorize === 'awkward-code' ? AWKWARD_CODE : randomBytes(16).toString('base64url');
  nonces.set(code, { nonce: query.get('nonce'), clientId: query.get('client_id') });
  const good = [['code', code], ['state', query.get('state')], ['iss', origin]];
  const [ok, state, iss] = good;
  const denied = ['error', 'access_denied'];
  const parameters = {
    denied: [denied, state, iss],
    'foreign-error': [denied, ['state', 'foreign'], iss],
    'no-iss': [ok, state],
    'no-state': [ok, iss],
    'two-codes': [ok, ['code', 'second'], state, iss],
    'two-states': [ok, state, ['state', 'second'], iss],
    'wrong-iss': [ok, state, ['iss', 'http://other.localhost']],
    'wrong-state': [ok, ['state', 'wrong'], iss],
  };
  const back = new URL(query.get('redirect_uri'));
  for (const [name, value] of parameters[modes.authorize] ?? good) back.searchParams.append(name, value);
  response.writeHead(302, { location: back.href, 'cache-control': 'no-store' });
  response.end();
}

function token(state, request, response) {
  const mode = state.modes.token;
  if (request.host !== 'elsewhere.localhost') {
    if (faulty(mode, response)) return;
    if (mode === 'redirect') {
      response.writeHead(307, { location: `${state.elsewhere}/token`, ...CORS });
      return response.end();
    }
    if (mode === 'invalid-grant') return json(response, { error: 'invalid_grant' }, CORS, 400);
  }
  const form = new URLSearchParams(request.body);
  const { nonce, clientId } = state.nonces.get(form.get('code')) ?? {};
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: state.origin, sub: 'mallory', aud: clientId, iat: now, exp: now + 300, nonce: nonce ?? undefined };
  const tokens = {
    access_token: randomBytes(16).toString('base64url'),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: randomBytes(16).toString('base64url'),
    id_token: state.signer.sign(claims),
  };
  json(response, tokens, corsOf(mode));
}

// The faults that any endpoint can have. Returns whether the mode was one of them.
function faulty(mode, response) {
  switch (mode) {
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html', ...CORS });
      response.end('<!DOCTYPE html><title>Maintenance</title><p>Back soon.</p>');
      return true;
    case '500':
      response.writeHead(500, { 'content-type': 'text/plain', ...CORS });
      response.end('Internal error\n');
      return true;
    case 'hang-up':
      response.socket.destroy();
      return true;
    case 'silent':
      return true;
    default:
      return false;
  }
}

function preflight({ modes }, request, response) {
  const silent = request.path === '/token' && modes.token === 'no-cors';
  const allow = { 'access-control-allow-headers': 'authorization, content-type', 'access-control-allow-methods': 'GET, POST' };
  response.writeHead(204, silent ? {} : { ...CORS, ...allow });
  response.end();
}

const CORS = { 'access-control-allow-origin': '*' };

function corsOf(mode) {
  return mode === 'no-cors' ? {} : CORS;
}

function json(response, value, cors = CORS, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...cors });
  response.end(JSON.stringify(value));
}

function newSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    publicKey: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'hostile' },
    sign(claims) {
      const input = `${encode({ alg: 'ES256', kid: 'hostile' })}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}
