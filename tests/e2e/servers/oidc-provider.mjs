// A real, certified OpenID provider (npm `oidc-provider`) on an origin of its own. For the tests, and for a person:
//
//   node servers/oidc-provider.mjs --port 9010 --app http://localhost:8080/

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { listen } from './listen.mjs';
import { PEOPLE, interact, logoutSource, postLogoutSuccessSource, renderError } from './oidc-pages.mjs';

export const CLIENT_ID = 'pkce-login-demo';

// Starts the provider for one client, the app at the address `app`.
//
// - `clientId`: what it is called here
// - `cors: false`: the provider does not allow the app's origin, as one where the setting was forgotten
// - `idTokenAlg`: `ES256` or `RS256`
// - `accessTokenSeconds`: how long an access token lives
// - `otherRedirectUris`: registered besides `redirectUri`
// - `otherPages`: pages of other apps that belong to the client, too: their origins may read the answers, and sign-out may end there
// - `dpop: true`: every request of the client must be bound to a key, with a nonce of the provider's
// - `par: true`: the request must be left here before the browser comes
// - `jarm: true`: answers can be signed
// - `resource`: an API that access tokens can be asked for, a URL; those for it are opaque
// - `silent: true`: whoever is signed in and has allowed is not asked again, also in a hidden frame: it is on another port of
//   the app's host, where the browser takes its cookies along
// - `headers`: sent with every answer
// - `host`: the name that it goes by
export async function start({
  port = 0,
  app = 'http://localhost:8080/',
  clientId = CLIENT_ID,
  redirectUri = new URL('callback.html', app).href,
  cors = true,
  idTokenAlg = 'ES256',
  accessTokenSeconds = 300,
  otherRedirectUris = [],
  otherPages = [],
  dpop = false,
  par = false,
  jarm = false,
  resource,
  silent = false,
  headers = {},
  host = silent ? 'localhost' : 'as.localhost',
} = {}) {
  const log = [];
  let answer;
  const server = await listen((request, response) => {
    log.push({ method: request.method, path: new URL(request.url, 'http://as.localhost').pathname });
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request, response);
  }, port);
  const origin = `http://${host}:${server.port}`;
  const redirectUris = [redirectUri, ...otherRedirectUris];
  const provider = await configure({ origin, app, clientId, redirectUris, otherPages, cors, idTokenAlg, accessTokenSeconds, dpop, par, jarm, resource, silent });
  const grants = [];
  provider.on('grant.saved', ({ jti }) => grants.push(jti));
  const protocol = provider.callback();
  answer = (request, response) => {
    if (!request.url.startsWith('/interaction/')) return protocol(request, response);
    return interact(provider, request, response).catch((error) => {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${error.message}\n`);
    });
  };
  return { origin, issuer: origin, clientId, redirectUri, provider, grants, log, close: server.close };
}

async function configure({ origin, app, clientId, redirectUris, otherPages, cors, idTokenAlg, accessTokenSeconds, dpop, par, jarm, resource, silent }) {
  const { Provider, errors, interactionPolicy } = await import('oidc-provider');
  const policy = interactionPolicy.base();
  // It would ask a native client's person each time.
  if (silent) policy.get('consent').checks.remove('native_client_prompt');
  const origins = [app, ...otherPages].map((page) => new URL(page).origin);
  return new Provider(origin, {
    clients: [
      {
        client_id: clientId,
        // Only a native client may have a plain http address on this machine.
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: redirectUris,
        post_logout_redirect_uris: [app, ...otherPages],
        id_token_signed_response_alg: idTokenAlg,
        dpop_bound_access_tokens: dpop,
        ...(jarm && { authorization_signed_response_alg: idTokenAlg }),
      },
    ],
    jwks: { keys: [key('ec', { namedCurve: 'P-256' }, 'ES256'), key('rsa', { modulusLength: 2048 }, 'RS256')] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email', 'email_verified'] },
    findAccount: (_, id) => (id in PEOPLE ? { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) } : undefined),
    clientBasedCORS: (_, from) => cors && origins.includes(from),
    // Each use gives a new refresh token and ends the old one; using an old one again ends the grant.
    rotateRefreshToken: true,
    // Without `offline_access` too, as most providers do for an app without a secret. It then ends with the session.
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    renderError,
    ttl: { AccessToken: accessTokenSeconds, Grant: 86400, IdToken: 3600, Interaction: 3600, RefreshToken: 86400, Session: 86400 },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
      userinfo: { enabled: true },
      dPoP: { enabled: true, ...(dpop && { nonceSecret: randomBytes(32), requireNonce: () => true }) },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: par },
      jwtResponseModes: { enabled: jarm },
      resourceIndicators: {
        enabled: resource !== undefined,
        defaultResource: () => undefined,
        getResourceServerInfo: (_, indicator) => {
          if (indicator !== resource) throw new errors.InvalidTarget();
          return { scope: 'read', accessTokenFormat: 'opaque', accessTokenTTL: accessTokenSeconds };
        },
        useGrantedResource: () => true,
      },
    },
  });
}

function key(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg.toLowerCase() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '9010' }, app: { type: 'string', default: 'http://localhost:8080/' } },
  });
  const { issuer, clientId, redirectUri } = await start({ port: Number(values.port), app: values.app });
  console.log(`
  A real authorizer is running. In the demo app at ${values.app}
  open Setup, choose "Add an authorizer…" and type:

    Issuer        ${issuer}
    Client ID     ${clientId}
    Scopes        openid profile email offline_access

  Registered here for this client:

    Redirect URI  ${redirectUri}
    Origin        ${new URL(values.app).origin}  (may read the answers: CORS)

  Sign in as ${Object.values(PEOPLE).map(({ name }) => name).join(' or ')}; there is no password. Nothing is kept. Stop it with Ctrl+C.
`);
}
