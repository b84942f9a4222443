// The callback page: how long the code is to be seen, and by whom.

import { expect, test } from '../fixtures.mjs';
import { open, signIn, tokensPanel } from '../flow.mjs';

test('the code stays in the address bar for less than one animation frame', async ({ app, page }) => {
  const frames = [];
  await page.exposeFunction('frameSeen', (href) => frames.push(href));
  await page.addInitScript(() => {
    if (!location.pathname.endsWith('callback.html')) return;
    window.frameSeen(`start ${location.href}`);
    const look = () => {
      window.frameSeen(`frame ${location.href}`);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await signIn(page, app);
  // The watcher was there when the code was, and no frame was drawn with it.
  expect(frames.filter((seen) => seen.startsWith('start')).join()).toContain('code=');
  expect(frames.filter((seen) => seen.startsWith('frame') && seen.includes('code='))).toEqual([]);
});

test('no entry of the session history has the code', async ({ app, page }) => {
  await signIn(page, app);
  const cdp = await page.context().newCDPSession(page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  expect(entries.map(({ url }) => url).filter((url) => url.includes('code='))).toEqual([]);
});

test('the callback page loads nothing but itself and runs no other script', async ({ app, page }) => {
  const requests = [];
  page.on('request', (request) => requests.push(request));
  await page.goto(`${app.url}callback.html?code=a&state=b`);
  await page.waitForURL(app.url);
  const first = requests.findIndex((request) => request.url() === app.url);
  expect(requests.slice(0, first).map((request) => request.url())).toEqual([`${app.url}callback.html?code=a&state=b`]);
  expect(await page.evaluate(() => document.referrer)).toBe('');
});

test('the place to return to is never taken from the answer', async ({ app, page }) => {
  await page.goto(`${app.url}callback.html?code=a&state=b&return_to=https%3A%2F%2Fevil.example%2F`);
  await page.waitForURL(app.url);
});

test('a stored place that is another site is not gone to, however it is written', async ({ app, page }) => {
  for (const place of ['javascript:alert(1)', '//evil.example/', '/\\evil.example', '/\t/evil.example', 'https://evil.example']) {
    await page.goto(app.url);
    await page.evaluate((place) => sessionStorage.setItem('pkce-login.pending.s', JSON.stringify({ return_to: place })), place);
    await page.goto(`${app.url}callback.html?code=c&state=s`);
    await page.waitForURL(app.url);
  }
});

test('the app’s own query and fragment come back after the trip', async ({ app, page }) => {
  await page.goto(`${app.url}?tab=2#step-5`);
  await expect(page.locator('#run')).toBeVisible();
  await page.getByRole('button', { name: /^Run the flow/ }).click();
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(page.getByRole('heading', { name: 'Signed in as Ada Demo' })).toBeVisible();
  expect(page.url()).toBe(`${app.url}?tab=2#step-5`);
});

test('a callback without an answer just opens the app', async ({ app, page }) => {
  await page.goto(`${app.url}callback.html`);
  await page.waitForURL(app.url);
  await expect(page.locator('#problem')).toHaveCount(0);
});

test('nothing secret is left in the tab after a login', async ({ app, page }) => {
  await signIn(page, app);
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  expect(kept).not.toContain('verifier":');
  expect(kept).not.toMatch(/pkce-login\.(pending|answer)/);
  expect(kept).not.toMatch(/eyJ[\w-]+\.eyJ/);
  await open(page, app);
  await expect(tokensPanel(page)).toHaveCount(0);
});
