// A page that opens with nobody signed in, and what a press on the button does: with the package's scripts as they are
// published, and the built-in authorizer.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { PACKAGE } from '../element.mjs';
import { expect, test as base } from '../fixtures.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { allowThere } from '../ways.mjs';

const INDEX = '<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><body><script type="module" src="app.mjs"></script>';
const APP = "import { createAuth } from './headless.js'; Object.assign(window, { createAuth, isReady: true });";
const ELEMENT = (restore) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><body>
  <pkce-login authorizer="builtin" restore="${restore}"></pkce-login><script type="module" src="element.js"></script>`;

const test = base.extend({
  host: [
    async ({}, use) => {
      const callback = await readFile(path.join(PACKAGE, 'callback.html'), 'utf8');
      const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]}; object-src 'none'; base-uri 'none'; form-action 'self'`;
      const host = await staticHost.start({
        root: PACKAGE,
        headers: { 'content-security-policy': policy },
        pages: { 'index.html': INDEX, 'app.mjs': APP, 'frame.html': ELEMENT('frame'), 'redirect.html': ELEMENT('redirect') },
      });
      await use(host);
      await host.close();
    },
    { scope: 'worker' },
  ],
});

const DEMO = { authorizer: 'builtin', clientId: 'pkce-login-demo' };

async function open(page, host, place = '') {
  await page.goto(host.url + place);
  await page.waitForFunction(() => window.isReady);
}

const auth = (page, options = DEMO) =>
  page.evaluate(async (given) => {
    const { isSignedIn, error, user } = (window.auth = await createAuth(given));
    return { isSignedIn, error: error ?? null, sub: user?.sub ?? null };
  }, options);

async function allow(page) {
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

async function signIn(page, host, options = DEMO, place = '?item=1#top') {
  await open(page, host, place);
  expect((await auth(page, options)).isSignedIn).toBe(false);
  await page.evaluate(() => { window.auth.login(); });
  await allow(page);
  await page.waitForURL((url) => url.pathname === '/' && url.search.startsWith('?item=1'));
  await page.waitForFunction(() => window.isReady);
  return auth(page, options);
}

// Counts the trips of the page, and of frames in it, to the authorizer.
function trips(page) {
  const seen = { page: 0, frame: 0 };
  page.on('request', (request) => {
    if (!request.isNavigationRequest() || !request.url().includes('/authorizer/authorize?')) return;
    seen[request.frame() === page.mainFrame() ? 'page' : 'frame'] += 1;
  });
  return seen;
}

// The page leaves in the middle of this, so nothing is waited for in it.
async function startAndComeBack(page, options) {
  const back = page.waitForRequest((request) => request.isNavigationRequest() && request.url().includes('/callback.html'));
  await page.evaluate((given) => { window.isReady = false; createAuth(given); }, options);
  await back;
  await page.waitForFunction(() => window.isReady);
}

test('restore: after a reload a hidden frame brings the person back, and the page stays', async ({ page, host }) => {
  const options = { ...DEMO, restore: 'frame' };
  const { sub } = await signIn(page, host, options);
  const seen = trips(page);
  await open(page, host, '?item=2#there');
  expect(await auth(page, options)).toEqual({ isSignedIn: true, error: null, sub });
  expect(new URL(page.url()).search + new URL(page.url()).hash).toBe('?item=2#there');
  expect(seen).toEqual({ page: 0, frame: 1 });
});

test('restore: after a reload a trip there and back brings the person back to the same place', async ({ page, host }) => {
  const options = { ...DEMO, restore: 'redirect' };
  await open(page, host);
  await startAndComeBack(page, options);
  expect(await auth(page, options), 'nobody is signed in there, and that is no error').toEqual({ isSignedIn: false, error: null, sub: null });
  await page.evaluate(() => { window.auth.login({ returnTo: '/?item=1' }); });
  await allow(page);
  await page.waitForURL((url) => url.search === '?item=1');
  await page.waitForFunction(() => window.isReady);
  const { sub } = await auth(page, options);
  await open(page, host, '?item=2#there');
  await startAndComeBack(page, options);
  expect(new URL(page.url()).search + new URL(page.url()).hash).toBe('?item=2#there');
  expect(await auth(page, options)).toEqual({ isSignedIn: true, error: null, sub });
});

for (const restore of ['frame', 'redirect']) {
  test(`restore (${restore}): a sign-out sticks in its tab, until the next sign-in`, async ({ page, host }) => {
    await signIn(page, host);
    await page.evaluate(() => window.auth.logout());
    const seen = trips(page);
    await open(page, host);
    expect(await auth(page, { ...DEMO, restore })).toEqual({ isSignedIn: false, error: null, sub: null });
    expect(seen).toEqual({ page: 0, frame: 0 });
  });
}

test('restore: where nobody is signed in there, a hidden frame changes nothing and is no error', async ({ page, host }) => {
  const seen = trips(page);
  await open(page, host);
  expect(await auth(page, { ...DEMO, restore: 'frame' })).toEqual({ isSignedIn: false, error: null, sub: null });
  expect(seen).toEqual({ page: 0, frame: 1 });
});

for (const restore of ['frame', 'redirect']) {
  test(`restore (${restore}): the element does it too`, async ({ page, host }) => {
    await signIn(page, host);
    await page.goto(`${host.url}${restore}.html`);
    await expect(page.locator('pkce-login').getByRole('button', { name: 'Sign out' })).toBeVisible();
    expect(new URL(page.url()).pathname).toBe(`/${restore}.html`);
  });
}

test('login() called twice in one tick makes one trip', async ({ page, host }) => {
  await open(page, host, '?item=1');
  await auth(page);
  const seen = trips(page);
  await page.evaluate(() => { window.auth.login(); window.auth.login(); });
  await allow(page);
  await page.waitForURL((url) => url.search === '?item=1');
  expect(seen.page).toBe(1);
});

for (const place of ['?item=1&q=a\\b', '?item=1#/a\\b']) {
  test(`a person can sign in on a page with ${place} in its address`, async ({ page, host }) => {
    expect((await signIn(page, host, DEMO, place)).isSignedIn).toBe(true);
    expect(decodeURIComponent(new URL(page.url()).search + new URL(page.url()).hash)).toBe(place);
  });
}

for (const restore of ['frame', 'redirect']) {
  test(`restore (${restore}): a real authorizer on another origin brings the person back, and says so where it does not know them`, async ({ page }) => {
    const pages = {};
    const site = await staticHost.start({ root: PACKAGE, pages });
    const provider = await oidcProvider.start({ app: site.url, silent: true });
    try {
      expect(new URL(provider.issuer).origin).not.toBe(site.origin);
      pages['index.html'] = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><body>
        <pkce-login issuer="${provider.issuer}" client-id="${oidcProvider.CLIENT_ID}" restore="${restore}"></pkce-login><script type="module" src="element.js"></script>`;
      const asked = () => provider.log.filter(({ path }) => path === '/auth').length;
      const element = page.locator('pkce-login');
      await page.goto(site.url);
      // Nobody is signed in there: it was asked once, and that is no error.
      await element.getByRole('button', { name: 'Sign in' }).hover();
      await expect.poll(asked).toBe(1);
      await page.waitForURL(site.url);
      await expect(element.getByRole('button', { name: 'Sign in' })).toBeVisible();
      await expect(element.getByRole('alert')).toHaveText('');
      await element.getByRole('button', { name: 'Sign in' }).click();
      await allowThere(page);
      await expect(element.getByRole('button', { name: 'Sign out' })).toBeVisible();
      const before = asked();
      await page.goto(`${site.url}?item=2#there`);
      await expect(element.getByRole('button', { name: 'Sign out' })).toBeVisible();
      expect(page.url()).toBe(`${site.url}?item=2#there`);
      expect(asked()).toBe(before + 1);
    } finally {
      await provider.close();
      await site.close();
    }
  });
}
