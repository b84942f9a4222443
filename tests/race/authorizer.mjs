// oidc-provider, one for all clients, with a person who is signed in there and asked nothing: only the clients' own time passes.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { listenSecurely } from './servers.mjs';

export const CLIENT_ID = 'race';
const PERSON = 'ada';
const API = 'https://api.example';

// auth0-spa-js knows two paths and reads no description.
const PATHS = { '/authorize': '/auth', '/oauth/token': '/token' };

export async function start(port, apps, network) {
  const require = createRequire(new URL('../e2e/package.json', import.meta.url));
  const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));
  // With the slash, as auth0-spa-js expects it.
  const issuer = `https://as.localhost:${port}/`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT_ID,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: apps.flatMap((app) => [app, `${app}callback.html`]),
      post_logout_redirect_uris: apps,
      id_token_signed_response_alg: 'RS256',
    }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'race' }] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Ada Demo' }) }),
    clientBasedCORS: () => true,
    // keycloak-js reads the tokens, so they are signed documents, and there is none to renew them with.
    issueRefreshToken: () => false,
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid profile');
      grant.addResourceScope(API, 'openid profile');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        getResourceServerInfo: () => ({ scope: 'openid profile', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
        useGrantedResource: () => true,
      },
    },
  });
  const protocol = provider.callback();
  const server = await listenSecurely(async (request, response) => {
    const { pathname, search } = new URL(request.url, issuer);
    request.url = (PATHS[pathname] ?? pathname) + search;
    // About what an answer weighs; a redirect and a preflight are lighter.
    await network.carry(1500);
    allowCookies(request, response);
    if (pathname.startsWith('/sign-in/')) await provider.interactionFinished(request, response, { login: { accountId: PERSON } });
    else await protocol(request, response);
  }, port, network);
  return { issuer, close: server.close };
}

// keycloak-js asks with cookies.
function allowCookies(request, response) {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (...given) => {
    if (response.hasHeader('access-control-allow-origin')) {
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
      response.setHeader('access-control-allow-credentials', 'true');
    }
    return writeHead(...given);
  };
}
