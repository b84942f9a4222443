// Canaille, an OpenID provider in Python (Authlib), with its records in a file.

import { startPython } from '../python.mjs';

export const title = 'Canaille';

export const settings = [
  'A client with `token_endpoint_auth_method` `none`, `grant_types` `authorization_code` and `refresh_token`, `response_types` `code`.',
  '`redirect_uris` and `post_logout_redirect_uris`, complete.',
  '`client_uri`: the address of the app. Its origin may read the answers; without it the browser keeps them from the page.',
  '`audience`: the client itself, alone.',
  '`TRUSTED_DOMAINS` decides who is asked for consent: for a client on one of them nobody is.',
  'It announces that answers name their issuer and leaves that out of its errors at `prompt=none`: these are refused (RFC 9207, section 2.4), and a silent sign-in says that nobody is signed in.',
  '`SERVER_NAME` and `PREFERRED_URL_SCHEME`, or the issuer has a slash at the end.',
];

export const notOffered = { revoke: 'the endpoint refuses clients without a secret (401 `invalid_client`); a sign-out goes on all the same' };

// Its access tokens are JWTs without `jti`: two of one second are the same, and the second one ends in an error 500.
export const oneTokenASecond = true;

export { nameOf, people } from '../people.mjs';

const PASSWORD = 'interop interop';

export async function start(places) {
  const running = await startPython(title, 'canaille_server.py', 'canaille', places);
  return { ...running, clientId: 'pkce-login-demo', pageClientId: 'pkce-login-page', scope: 'openid profile email', accessTokenSeconds: 30 };
}

export const signInPage = (page) => page.getByLabel('Login').or(page.getByRole('textbox', { name: 'Password' }));

export async function signIn(page, person) {
  await page.getByLabel('Login').fill(person);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const allowButton = (page) => page.getByRole('button', { name: 'Accept', exact: true });
export const denyButton = (page) => page.getByRole('button', { name: 'Deny', exact: true });
