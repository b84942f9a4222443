// Its README: initialize, handleRedirectPromise, loginRedirect; with the protocol mode for authorizers that are not Microsoft's.
import { PublicClientApplication, ProtocolMode } from '@azure/msal-browser';
import { show } from './show.js';

const msal = new PublicClientApplication({
  auth: { clientId: CLIENT_ID, authority: ISSUER, knownAuthorities: [new URL(ISSUER).host], redirectUri: `${location.origin}/` },
  system: { protocolMode: ProtocolMode.OIDC },
});
await msal.initialize();
const answer = await msal.handleRedirectPromise();
show(Boolean(answer ?? msal.getAllAccounts().length), () => msal.loginRedirect({ scopes: ['openid', 'profile'] }));
