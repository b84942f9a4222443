// What the specs share. Servers live as long as a Playwright worker; each test has a browser context of its own.

import { test as base } from '@playwright/test';

import * as hostileServer from './servers/hostile.mjs';
import * as oidcProvider from './servers/oidc-provider.mjs';
import * as staticHost from './servers/static.mjs';

export { expect } from '@playwright/test';

const perWorker = { scope: 'worker' };

export const test = base.extend({
  // The built demo app on a static host that knows nothing of it.
  app: [async ({}, use) => serve(await staticHost.start(), use), perWorker],
  // The real provider, with this worker's app registered.
  provider: [async ({ app }, use) => serve(await oidcProvider.start({ app: app.url }), use), perWorker],
  hostileServer: [async ({}, use) => serve(await hostileServer.start(), use), perWorker],
  // The hostile server, in order again before each test.
  hostile: async ({ hostileServer }, use) => {
    hostileServer.reset();
    await use(hostileServer);
  },
});

async function serve(server, use) {
  await use(server);
  await server.close();
}
