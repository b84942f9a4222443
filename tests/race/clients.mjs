// Who runs, and how each page comes to be.

// `package` names what is pinned in package.json. A page is bundled by esbuild, `files` are served as they are.
export const CLIENTS = [
  { name: 'pkce-login, without UI', page: 'headless.js', isOurs: true, callback: 'callback.html' },
  { name: 'pkce-login, element', isOurs: true, callback: 'callback.html', html: '<script type="module" src="/pkce-login/element.js"></script><pkce-login issuer="ISSUER" client-id="CLIENT_ID"></pkce-login>' },
  { name: 'pkce-login, Leptos app', isOurs: true, callback: 'callback.html', isLeptos: true },
  { name: 'oidc-client-ts', package: 'oidc-client-ts', page: 'oidc-client-ts.js' },
  { name: 'oauth4webapi', package: 'oauth4webapi', page: 'oauth4webapi.js' },
  { name: 'auth0-spa-js', package: '@auth0/auth0-spa-js', page: 'auth0-spa-js.js' },
  { name: 'msal-browser', package: '@azure/msal-browser', page: 'msal-browser.js' },
  { name: 'oidc-spa', package: 'oidc-spa', page: 'oidc-spa.js' },
  { name: 'keycloak-js', package: 'keycloak-js', page: 'keycloak-js.js' },
];

// What the network is like. Every answer waits for `latency` and comes no faster than `rate`, at the servers themselves, so that
// workers wait as pages do.
export const PROFILES = [
  { name: 'local' },
  { name: 'fast 4G', rate: 9_000_000, latency: 60 },
  { name: 'slow 4G', rate: 1_600_000, latency: 150 },
];
