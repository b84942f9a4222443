// pkce-login without UI, as docs/typescript.md has it.
import { createAuth } from 'pkce-login/headless';
import { show } from './show.js';

const auth = await createAuth({ issuer: ISSUER, clientId: CLIENT_ID });
show(auth.isSignedIn, () => auth.login());
