// The fixtures of the other specs, with a Firefox for each test: a profile that nothing was in before.

import { test as base } from '../fixtures.mjs';

export { expect } from '../fixtures.mjs';

export const test = base.extend({
  // Not a context of a shared Firefox: there it would be a container tab, which people seldom use to sign in. The profile lies
  // among the results, which are cleared: Firefox may write to it after Playwright has removed one of its own.
  context: async ({ playwright }, use, testInfo) => {
    const context = await playwright.firefox.launchPersistentContext(testInfo.outputPath('profile'));
    await use(context);
    await context.close();
  },
});
