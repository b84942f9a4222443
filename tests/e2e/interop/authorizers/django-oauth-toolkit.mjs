// Django OAuth Toolkit in a small Django project.

import { startPython } from '../python.mjs';

export const title = 'Django OAuth Toolkit';

export const settings = [
  'An application with client type "Public", grant "Authorization code" and algorithm "RSA with SHA-2 256".',
  'Redirect URIs and post-logout redirect URIs, complete.',
  'The package django-cors-headers with `CORS_ALLOWED_ORIGINS` for the paths of the authorizer: the toolkit lets other origins read the token endpoint alone, by "Allowed origins", and not UserInfo.',
  '`OIDC_ENABLED` with an `OIDC_RSA_PRIVATE_KEY`; `OIDC_RP_INITIATED_LOGOUT_ENABLED` for the sign-out.',
  '`OAUTH2_VALIDATOR_CLASS` with `get_additional_claims`, where a name shall be shown.',
  'For silent sign-in `validate_silent_login` and `validate_silent_authorization` in that class, both true (its view judges): this version has neither and answers `prompt=none` with an error 500.',
  '`REQUEST_APPROVAL_PROMPT`: `auto`, or it asks for consent each time and nobody can sign in silently.',
  '`REFRESH_TOKEN_REUSE_PROTECTION`, so that an old refresh token ends all of its family.',
  '`COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS` off: with it this version announces that all answers name their issuer, and leaves it out of those that say an error, which are then refused (RFC 9207, section 2.4).',
  'The issuer is where its URLs are included, `…/o`, without a slash at the end.',
];

export const notOffered = {};

export { nameOf, people } from '../people.mjs';

const PASSWORD = 'interop';

export async function start(places) {
  const running = await startPython(title, 'django_server.py', 'django-oauth-toolkit', places, '/o');
  return { ...running, clientId: 'pkce-login-demo', scope: 'openid profile email', accessTokenSeconds: 30 };
}

export const signInPage = (page) => page.getByLabel('Username');

export async function signIn(page, person) {
  await page.getByLabel('Username').fill(person);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export const allowButton = (page) => page.getByRole('button', { name: 'Authorize', exact: true });
export const denyButton = (page) => page.getByRole('button', { name: 'Cancel', exact: true });
