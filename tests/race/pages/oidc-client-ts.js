// Its documentation: "UserManager", the redirect flow.
import { UserManager } from 'oidc-client-ts';
import { show } from './show.js';

const manager = new UserManager({ authority: ISSUER, client_id: CLIENT_ID, redirect_uri: `${location.origin}/`, scope: 'openid profile' });
let user;
if (new URLSearchParams(location.search).has('code')) {
  user = await manager.signinRedirectCallback();
  history.replaceState(null, '', '/');
} else {
  user = await manager.getUser();
}
show(Boolean(user), () => manager.signinRedirect());
