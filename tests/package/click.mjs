// How long it takes from a click on the element to the navigation, once all of it is loaded: the median of 20, in
// milliseconds. A measurement, not a test. It needs the apps that the tests of the package prepare:
//
//   CHROMIUM=/usr/bin/chromium node tests/package/click.mjs

import { createRequire } from 'node:module';

import { launchOptions } from '../e2e/browser.mjs';
import { serve } from '../e2e/package/serve.mjs';

const RUNS = 20;

// Playwright is installed for tests/e2e alone.
const { chromium } = createRequire(new URL('../e2e/package.json', import.meta.url))('@playwright/test');

const app = await serve('plain', 'provider');
const browser = await chromium.launch(launchOptions);
try {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    addEventListener('click', (event) => (window.clickedAt = event.timeStamp), true);
    navigation.addEventListener('navigate', () => (window.leftAfter = performance.now() - window.clickedAt));
  });
  // The authorizer does not answer with a page, so that this one stays and can be asked.
  await page.route(`${app.provider.origin}/auth?*`, (route) => route.fulfill({ status: 204 }));
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const loaded = page.waitForResponse((response) => response.url().endsWith('.wasm'));
    await page.goto(app.url);
    const button = page.getByRole('button', { name: 'Sign in' });
    // A pointer that comes near is when the element loads its module at the latest.
    await button.hover();
    await (await loaded).finished();
    await page.waitForLoadState('networkidle');
    await button.click();
    times.push(await (await page.waitForFunction(() => window.leftAfter)).jsonValue());
  }
  times.sort((a, b) => a - b);
  const median = (times[RUNS / 2 - 1] + times[RUNS / 2]) / 2;
  console.log(`From a click to the navigation: ${median.toFixed(1)} ms (median of ${RUNS}; slowest ${times.at(-1).toFixed(1)} ms)`);
} finally {
  await browser.close();
  await app.close();
}
