// pkce-login without UI. The files of the package are served as they are published.
import { createAuth } from '/pkce-login/headless.js';
import { show } from './show.js';

const auth = await createAuth({ issuer: ISSUER, clientId: CLIENT_ID });
show(auth.isSignedIn, () => auth.login());
