// How a Firefox under test differs from a person's, on top of what Playwright sets.

// A port of this machine where nobody listens. Taken for a proxy, it gets whatever Firefox would send to the outside network;
// what goes to localhost and its subdomains never passes a proxy.
const nowhere = { host: '127.0.0.1', port: 9 };

export const preferences = {
  'network.proxy.type': 1,
  'network.proxy.http': nowhere.host,
  'network.proxy.http_port': nowhere.port,
  'network.proxy.ssl': nowhere.host,
  'network.proxy.ssl_port': nowhere.port,
  'network.proxy.failover_direct': false,
  // Names are looked up by the system alone, never over HTTPS.
  'network.trr.mode': 5,
  // The address that Firefox itself takes for "no server", and accepts because of the variable below.
  'services.settings.server': 'data:,#remote-settings-dummy/v1',

  // As people have it: Playwright would switch off that cookies and storage are kept apart by site.
  'network.cookie.cookieBehavior': 5,
};

// Firefox crashes, in any of its releases, before it connects to anything but this machine.
export const environment = { MOZ_DISABLE_NONLOCAL_CONNECTIONS: '1' };
