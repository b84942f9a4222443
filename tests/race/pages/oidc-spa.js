// Its documentation: the core, with its early start.
import { oidcEarlyInit } from 'oidc-spa/entrypoint';
import { createOidc } from 'oidc-spa/core';
import { show } from './show.js';

const { shouldLoadApp } = oidcEarlyInit({ BASE_URL: '/' });
if (shouldLoadApp) {
  const oidc = await createOidc({ issuerUri: ISSUER, clientId: CLIENT_ID, scopes: ['profile'] });
  show(oidc.isUserLoggedIn, () => oidc.login({ doesCurrentHrefRequiresAuth: false }));
}
