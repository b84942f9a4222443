// What the specs share: apps on servers that live as long as a Playwright worker, and a watch on what must stay secret.

import { test as base } from '@playwright/test';

import { serve } from './serve.mjs';
import { Watch } from './watch.mjs';

export { expect } from '@playwright/test';

export const test = base.extend({
  // host(app, 'built-in' | 'provider', { dev, headers }) -> { url, provider, kind }
  host: [
    async ({}, use) => {
      const running = new Map();
      await use((app, kind, how = {}) => {
        const key = JSON.stringify([app, kind, how]);
        if (!running.has(key)) running.set(key, serve(app, kind, how));
        return running.get(key);
      });
      for (const server of await Promise.all(running.values())) await server.close();
    },
    { scope: 'worker' },
  ],
  watch: [
    async ({ context }, use) => {
      await use(await Watch.start(context));
    },
    { auto: true },
  ],
});
