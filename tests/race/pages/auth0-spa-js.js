// Its README: createAuth0Client, loginWithRedirect, handleRedirectCallback.
import { createAuth0Client } from '@auth0/auth0-spa-js';
import { show } from './show.js';

const auth0 = await createAuth0Client({ domain: ISSUER.replace(/\/$/, ''), clientId: CLIENT_ID, authorizationParams: { redirect_uri: `${location.origin}/`, scope: 'openid profile' } });
if (new URLSearchParams(location.search).has('code')) {
  await auth0.handleRedirectCallback();
  history.replaceState(null, '', '/');
}
show(await auth0.isAuthenticated(), () => auth0.loginWithRedirect());
