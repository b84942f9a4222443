// Its documentation: init and login, for any OpenID provider.
import Keycloak from 'keycloak-js';
import { show } from './show.js';

const keycloak = new Keycloak({ oidcProvider: ISSUER, clientId: CLIENT_ID });
const isSignedIn = await keycloak.init({ pkceMethod: 'S256', checkLoginIframe: false });
show(isSignedIn, () => keycloak.login({ scope: 'profile' }));
