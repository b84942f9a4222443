// What a login leaves in the address, in the session history and for a reload. Firefox keeps whole pages for Back and Forward
// (bfcache), which a Chromium under test does not.

import { allow, expectSignedIn, open, run, signIn, use } from '../flow.mjs';
import { expect, test } from './fixtures.mjs';

test('reload, Back and Forward after a login send nothing and show no code', async ({ app, page, hostile }) => {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await run(page);
  await expectSignedIn(page, 'mallory');
  const moves = [reload, back, forward, back, reload, forward, reload];
  for (const move of moves) {
    await move(page);
    await expect.poll(() => buttonOf(page)).toEqual({ shown: true, busy: false });
    expect(await addressesOf(page)).toEqual([app.url, app.url]);
  }
  expect(hostile.tokenRequests()).toHaveLength(1);
  expect(hostile.authorizationRequests()).toHaveLength(1);
});

test('no entry of the session history has the code', async ({ app, page }) => {
  const callbacks = [];
  page.on('request', (request) => {
    if (request.url().includes('callback.html?')) callbacks.push(request.url());
  });
  await signIn(page, app);
  expect(callbacks.join()).toContain('code=');
  const entries = await addressesOf(page);
  for (let before = await page.evaluate(() => history.length); before > 1; before -= 1) {
    await back(page);
    entries.push(...(await addressesOf(page)));
  }
  // All the way to where this tab began.
  expect(entries.at(-1)).toBe(app.url);
  expect(entries.filter((address) => /callback\.html|[?&]code=/.test(address))).toEqual([]);
});

test('Back from the authorizer shows the page as it was, and its button works again', async ({ app, page }) => {
  await open(page, app);
  await run(page);
  await expect(page.getByRole('button', { name: 'Ada Demo' })).toBeVisible();
  await back(page);
  await expect.poll(() => buttonOf(page)).toEqual({ shown: true, busy: false });
  expect(await addressesOf(page)).toEqual([app.url, app.url]);
  await page.evaluate(() => document.querySelector('#run').click());
  await allow(page);
  await expectSignedIn(page);
});

// The button that starts a login.
function buttonOf(page) {
  return page.evaluate(() => {
    const button = document.querySelector('#run');
    return { shown: button?.checkVisibility() ?? false, busy: button?.getAttribute('aria-disabled') === 'true' };
  });
}

// What the address bar has, and what the page can find out about the address it was loaded from.
function addressesOf(page) {
  return page.evaluate(() => [location.href, performance.getEntriesByType('navigation')[0].name]);
}

const back = (page) => leave(page, () => history.back());
const forward = (page) => leave(page, () => history.forward());
const reload = (page) => leave(page, () => location.reload());

// Firefox does not tell Playwright of a page that it shows again: goBack() and locators would wait for ever, and page.url() is
// old. Hence only page.evaluate(), until the next page is loaded. Which document is there is told from when it began.
async function leave(page, how) {
  const began = () => performance.timeOrigin;
  const before = await page.evaluate(began);
  await page.evaluate(how);
  await expect(async () => expect(await page.evaluate(began)).not.toBe(before)).toPass({ timeout: 15_000 });
}
