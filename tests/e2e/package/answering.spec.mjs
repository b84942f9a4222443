// The callback is answered by the app itself: Vite's servers, to which nobody copied callback.html, and a PWA whose worker,
// made by Workbox, answers every navigation with the app.

import { ADVICE } from '../app-answers.mjs';
import { allowThere } from '../ways.mjs';
import { CHANGES, awaitCallbackWorker, installWorker, serve } from './answering.mjs';
import { expect, test as base } from './fixtures.mjs';
import { button } from './flow.mjs';

const test = base.extend({
  answering: async ({}, use) => {
    const running = [];
    await use(async (...how) => {
      running.push(await serve(...how));
      return running.at(-1);
    });
    for (const server of running) await server.close();
  },
  advice: async ({ context }, use) => {
    const advice = [];
    context.on('console', (message) => ADVICE.test(message.text()) && advice.push(message.text()));
    await use(advice);
  },
});

const PAGES = { element: 'index.html', TypeScript: 'headless.html' };
const signedIn = { element: 'Sign out', TypeScript: 'Sign out ada' };

async function signIn(page, surface) {
  await button(page, 'Sign in').click();
  await allowThere(page);
  await expect(button(page, signedIn[surface])).toBeVisible();
}

const callbacks = ({ log }) => log.filter((line) => line.startsWith('GET /callback.html'));

for (const surface of Object.keys(PAGES)) {
  for (const how of ['development', 'preview']) {
    test(`Vite’s ${how} server answers the callback with the app, ${surface}: signed in, and told what to mend`, async ({ page, answering, advice, watch }) => {
      const there = await answering(how, PAGES[surface]);
      await page.goto(`${there.url}?tab=2`);
      await signIn(page, surface);
      expect(page.url()).toBe(`${there.url}?tab=2`);
      expect([watch.tokenRequests, advice.length]).toEqual([1, 1]);
      await watch.expectClean(page);
    });
  }

  for (const mode of ['query', 'fragment']) {
    test(`a PWA’s worker answers the callback with the app, ${surface}, ${mode}: signed in, and told what to mend`, async ({ page, answering, advice, watch }) => {
      const there = await answering('pwa', PAGES[surface], { change: mode === 'query' ? CHANGES.none : CHANGES.fragment });
      await page.goto(there.url);
      await installWorker(page);
      await signIn(page, surface);
      expect(page.url()).toBe(there.url);
      // The host never saw it: it was the worker.
      expect(callbacks(there)).toEqual([]);
      expect([watch.tokenRequests, advice.length]).toEqual([1, 1]);
      await watch.expectClean(page);
    });
  }

  test(`the callback worker answers before a PWA’s own worker does, ${surface}: no page has the code, and nothing is to be mended`, async ({ page, answering, advice, watch }) => {
    const there = await answering('pwa', PAGES[surface], { isCaught: true });
    await page.goto(there.url);
    await installWorker(page);
    await awaitCallbackWorker(page);
    await signIn(page, surface);
    expect(page.url()).toBe(there.url);
    // The host was not asked for the callback page either: the worker has it.
    expect(callbacks(there)).toEqual([]);
    expect([watch.tokenRequests, advice]).toEqual([1, []]);
    await watch.expectClean(page);
  });

  test(`one line keeps a PWA’s worker off the callback page, ${surface}`, async ({ page, answering, advice }) => {
    const there = await answering('pwa', PAGES[surface], { denylist: [/^\/callback\.html/] });
    await page.goto(there.url);
    await installWorker(page);
    await signIn(page, surface);
    expect(callbacks(there).length).toBe(1);
    expect(advice).toEqual([]);
  });
}

test('a PWA’s worker answers the callback in a popup with the app: it passes the answer on and closes', async ({ page, answering, advice }) => {
  const there = await answering('pwa', 'index.html', { change: CHANGES.popup });
  await page.goto(there.url);
  await installWorker(page);
  const [popup] = await Promise.all([page.waitForEvent('popup'), button(page, 'Sign in').click()]);
  const closed = popup.waitForEvent('close');
  await allowThere(popup);
  await closed;
  await expect(button(page, 'Sign out')).toBeVisible();
  expect(callbacks(there)).toEqual([]);
  expect(advice.length).toBe(1);
});
