// Its example "public client, OpenID Connect, code with PKCE and nonce".
import * as oauth from 'oauth4webapi';
import { show } from './show.js';

const issuer = new URL(ISSUER);
const client = { client_id: CLIENT_ID };
const redirectUri = `${location.origin}/`;
const describe = async () => oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));

async function login() {
  const server = await describe();
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  sessionStorage.setItem('login', JSON.stringify({ verifier, state, nonce }));
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: CLIENT_ID, redirect_uri: redirectUri, response_type: 'code', scope: 'openid profile', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function finish() {
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem('login'));
  const server = await describe();
  const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier);
  await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
  history.replaceState(null, '', '/');
}

const isBack = new URLSearchParams(location.search).has('code');
if (isBack) await finish();
show(isBack, login);
