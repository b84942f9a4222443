// What is built can be put on any static host and starts there under its own policy.

import { expect, test } from '../fixtures.mjs';
import * as staticHost from '../servers/static.mjs';

for (const prefix of ['/', '/some/path/']) {
  test.describe(`on a static host, at ${prefix}`, () => {
    let host;
    test.beforeAll(async () => {
      host = await staticHost.start({ prefix });
    });
    test.afterAll(() => host.close());

    test('the page starts without an error and without asking anybody else', async ({ page }) => {
      const wrong = [];
      const foreign = [];
      page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
      page.on('pageerror', (error) => wrong.push(error.message));
      page.on('requestfailed', (request) => wrong.push(`${request.url()} ${request.failure().errorText}`));
      page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.url()} ${response.status()}`));
      page.on('request', (request) => request.url().startsWith('http') && !request.url().startsWith(host.url) && foreign.push(request.url()));
      await page.goto(host.url, { waitUntil: 'networkidle' });
      expect(wrong).toEqual([]);
      expect(foreign).toEqual([]);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('#no-wasm')).toBeHidden();
    });

    test('the built-in authorizer becomes active', async ({ page }) => {
      await page.goto(host.url);
      const state = await page.evaluate(async () => {
        await navigator.serviceWorker.register('authorizer-worker.js');
        const { active } = await navigator.serviceWorker.ready;
        if (active.state !== 'activated') await new Promise((resolve) => active.addEventListener('statechange', resolve, { once: true }));
        return active.state;
      });
      expect(state).toBe('activated');
    });
  });
}

test('a browser without WebAssembly is told so', async ({ app, page }) => {
  await page.addInitScript(() => Object.defineProperty(globalThis, 'WebAssembly', { value: undefined }));
  await page.goto(app.url);
  await expect(page.getByText('This page needs WebAssembly')).toBeVisible();
});

test('a browser without JavaScript is told so', async ({ app, browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(app.url);
  await expect(page.locator('noscript p')).toBeVisible();
  await context.close();
});
