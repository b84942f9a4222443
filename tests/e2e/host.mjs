// The page with every option, and the steps that its tests share.

import { everyOption, press, state } from './ways.mjs';

// Adds the fixture `host`: the page with every option, served for all tests of one worker.
export const withHost = (base) =>
  base.extend({
    host: [
      async ({}, use) => {
        const host = await everyOption();
        await use(host);
        await host.close();
      },
      { scope: 'worker' },
    ],
  });

// Has two tabs refresh at the same time: the second waits for the lock while the request of the first is held back.
export async function refreshInBoth(expect, router, page, other) {
  let goOn;
  const mayGoOn = new Promise((resolve) => (goOn = resolve));
  const asked = new Promise((resolve) => {
    router.route('**/token', async (route) => {
      resolve();
      await mayGoOn;
      await route.continue();
    });
  });
  const refreshed = press(page, 'Refresh');
  await asked;
  const alsoRefreshed = press(other, 'Refresh');
  await expect.poll(() => other.evaluate(async () => (await navigator.locks.query()).pending.length)).toBe(1);
  goOn();
  const both = await Promise.all([refreshed, alsoRefreshed]);
  for (const one of both) expect(one).toMatchObject({ status: 'signed_in', lasts_until: (await state(page)).lasts_until });
}
