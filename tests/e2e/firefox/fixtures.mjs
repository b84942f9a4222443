// The fixtures of the other specs, with a Firefox for each test: a profile that nothing was in before.

import { test as base } from '../fixtures.mjs';

export { expect } from '../fixtures.mjs';

export const test = base.extend({
  // Not a context of a shared Firefox: there it would be a container tab, which people seldom use to sign in.
  context: async ({ playwright }, use) => {
    const context = await playwright.firefox.launchPersistentContext('');
    await use(context);
    await context.close();
  },
});
