// The certified provider of the end-to-end tests, which runs in this process.

import { readFile } from 'node:fs/promises';

import * as provider from '../../servers/oidc-provider.mjs';

export const title = 'oidc-provider';

export const settings = [
  '`token_endpoint_auth_method`: `none`; on plain http also `application_type`: `native`.',
  '`redirect_uris` and `post_logout_redirect_uris`, complete.',
  '`clientBasedCORS` says yes to the origin of the app; without it the browser keeps the answers from the page.',
  '`pkce.required`, `rotateRefreshToken`, and `issueRefreshToken` where an app shall get one without `offline_access`.',
  '`features`: `revocation` with an `allowedPolicy` for clients without a secret, `rpInitiatedLogout`, `userinfo`, `dPoP`, `pushedAuthorizationRequests`.',
];

export const notOffered = {};

// It asks in each session anew.
export const people = { usual: 'ada', consents: { demo: 'ada', page: 'ada' }, denies: { demo: 'grace', page: 'grace' } };
export const nameOf = { ada: 'Ada Demo', grace: 'Grace Demo' };

export async function start({ demo, page }) {
  const server = await provider.start({
    app: demo,
    otherRedirectUris: [`${page}callback.html`],
    otherPages: [`${page}interop.html`],
    accessTokenSeconds: 30,
    silent: true,
  });
  const manifest = new URL('../../node_modules/oidc-provider/package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const { issuer, clientId, close } = server;
  return { issuer, clientId, scope: 'openid profile email offline_access', accessTokenSeconds: 30, version, stop: close };
}

export const signInPage = (page) => page.getByRole('heading', { name: 'Sign in', exact: true });
export const signIn = (page, person) => page.getByRole('button', { name: `Sign in as ${nameOf[person]}` }).click();

export const allowButton = (page) => page.getByRole('button', { name: 'Allow', exact: true });
export const denyButton = (page) => page.getByRole('button', { name: 'Deny', exact: true });

export const confirmSignOut = (page) => page.getByRole('button', { name: 'Sign out' }).click();
