// What only a browser can show of the items of docs/behaviours.md. Each test is named after its item.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { chromium } from '@playwright/test';

import { launchOptions } from '../browser.mjs';
import { expect, test as base } from '../fixtures.mjs';
import { allow as allowDemo, open as openDemo, run } from '../flow.mjs';
import { EVERY_OPTION } from '../servers/static.mjs';
import { address, allowThere, expectState, open, parties, pressSignIn, state } from '../ways.mjs';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin' };

// The page, started by two modules that know nothing of each other.
const TWICE = `
  import first from './every_option.js';
  import second from './every_option.js?again';
  await Promise.all([first(), second()]);
`;

const test = base.extend({
  there: [
    async ({}, use) => {
      const there = await parties();
      await use(there);
      await there.close();
    },
    { scope: 'worker' },
  ],
  // What a person never sees and a developer does: nothing of it may happen.
  quiet: [
    async ({ page }, use) => {
      const thrown = [];
      page.on('pageerror', (error) => thrown.push(error.message));
      await use(thrown);
      expect(thrown).toEqual([]);
    },
    { auto: true },
  ],
});

function tokenRequests({ provider }) {
  return provider.log.filter(({ path }) => path === '/token').length;
}

async function signIn(page, there, options) {
  await open(page, address(there, options));
  await pressSignIn(page);
  await allowThere(page);
  await expectState(page, { status: 'signed_in' });
}

// The addresses that the callback page is opened with from now on.
function watchCallbacks(page) {
  const seen = [];
  page.on('request', (request) => {
    if (/callback\.html[?#]/.test(request.url())) seen.push(request.url());
  });
  return seen;
}

test('behaviour 2: a page that is mounted twice spends the code once', async ({ page }) => {
  const there = await parties({ pages: { 'start.js': TWICE } });
  try {
    await open(page, address(there));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const before = tokenRequests(there);
    await allowThere(page);
    await expect.poll(() => tokenRequests(there)).toBe(before + 1);
    await expect.poll(async () => (await state(page)).changes).toBeGreaterThan(1);
    expect((await state(page)).code).toBeUndefined();
    expect(tokenRequests(there)).toBe(before + 1);
  } finally {
    await there.close();
  }
});

test('behaviour 3: the address is clean before anything else happens, whatever the answer says', async ({ page, there }) => {
  const steps = [];
  await page.exposeFunction('noted', (what, rest) => steps.push([what, rest]));
  await page.addInitScript(() => {
    if (!location.pathname.endsWith('callback.html')) return;
    const note = (what) => window.noted(what, location.search + location.hash);
    note('began');
    for (const [owner, name] of [[History.prototype, 'replaceState'], [Storage.prototype, 'getItem'], [Storage.prototype, 'setItem']]) {
      const original = owner[name];
      owner[name] = function (...given) {
        const result = original.apply(this, given);
        note(name);
        return result;
      };
    }
    // After the first script of the page, before anything that it put off.
    new MutationObserver(() => note('parsed')).observe(document, { childList: true, subtree: true });
    addEventListener('DOMContentLoaded', () => note('document'));
  });
  const answers = ['?code=a&state=b&iss=c', '?error=access_denied&state=b', '#code=a&state=b', '?code=a&code=b&state=c&state=d', '?%', '?response=x.y.z'];
  for (const answer of answers) {
    steps.length = 0;
    await page.goto(`${there.app.url}callback.html${answer}`);
    await page.waitForURL(there.app.url);
    await expectState(page, { status: answer === '?%' ? 'signed_out' : 'failed' });
    const scrubbed = steps.findIndex(([what]) => what === 'replaceState');
    expect(steps[0]).toEqual(['began', answer]);
    expect(steps.slice(0, scrubbed).map(([what]) => what).filter((what) => !['began', 'parsed'].includes(what))).toEqual([]);
    expect(steps.slice(scrubbed).filter(([, rest]) => rest !== '')).toEqual([]);
    expect(steps.slice(scrubbed).some(([what]) => what === 'setItem')).toBe(true);
  }
});

test('behaviour 4: a callback that is reloaded or bookmarked sends nothing and leads back to the app', async ({ page, there }) => {
  const callbacks = watchCallbacks(page);
  await signIn(page, there);
  const before = tokenRequests(there);
  for (let times = 0; times < 2; times += 1) {
    await page.goto(callbacks[0]);
    await page.waitForURL(there.app.url);
    await expectState(page, { status: 'failed', code: 'already_used' });
  }
  // The next press is a login like any other.
  await page.goto(address(there));
  await expectState(page, { status: 'signed_out' });
  await page.reload();
  await expectState(page, { status: 'signed_out' });
  expect(tokenRequests(there)).toBe(before);
});

test('behaviour 4: who is signed in stays signed in when the callback is opened again', async ({ page, there }) => {
  const callbacks = watchCallbacks(page);
  const options = { storage: 'tab' };
  await signIn(page, there, options);
  const before = tokenRequests(there);
  // As the callback page leaves it, for a page that has its options in its address.
  await page.evaluate((answer) => sessionStorage.setItem('pkce-login.answer', answer), callbacks[0]);
  await page.goto(address(there, options));
  await expectState(page, { status: 'signed_in' });
  expect(tokenRequests(there)).toBe(before);
});

test('behaviour 5: a code of somebody else on an ordinary page is left where it is', async ({ page, there }) => {
  const before = there.provider.log.length;
  const foreign = `${address(there)}&code=SUMMER&state=CA&error=x&error_description=Call+555-0100#code=1&state=2`;
  await page.goto(foreign);
  await expectState(page, { status: 'signed_out' });
  expect(page.url()).toBe(foreign);
  await expect(page.locator('#words')).not.toContainText('555-0100');
  expect(there.provider.log.length).toBe(before);
});

test('behaviour 6: a page whose answer is an error goes nowhere by itself', async ({ page, there }) => {
  await open(page, address(there));
  await pressSignIn(page);
  await page.getByRole('button', { name: 'Deny' }).click();
  await expectState(page, { status: 'failed', code: 'access_denied' });
  const { changes } = await state(page);
  const before = there.provider.log.length;
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('online'));
  });
  expect([there.provider.log.length, (await state(page)).changes]).toEqual([before, changes]);
});

test('behaviour 11: a page that wakes up renews its tokens, once for all that wakes it', async ({ page, there }) => {
  await page.clock.install();
  await signIn(page, there);
  const before = tokenRequests(there);
  const wake = () =>
    page.evaluate(() => {
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('online'));
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
  await wake();
  await page.clock.fastForward(290_000);
  // Time alone renews nothing: no timer is set that sleep could delay.
  expect(tokenRequests(there)).toBe(before);
  await wake();
  await expect.poll(() => tokenRequests(there)).toBe(before + 1);
  await wake();
  await expectState(page, { status: 'signed_in' });
  expect(tokenRequests(there)).toBe(before + 1);
});

test('behaviour 12: Back from the authorizer, and Back after the login, show what is so', async ({ app }) => {
  // As a person's browser is, which keeps whole pages for Back; one under test is told not to.
  const browser = await chromium.launch({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    const page = await browser.newPage();
    await page.addInitScript(() => addEventListener('pageshow', (event) => { window.wasKept = event.persisted; }));
    await openDemo(page, app);
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).waitFor();
    await backTo(page, app.url);
    expect(await buttonOf(page)).toEqual({ words: 'Run the flow', busy: 'false', wasKept: true });
    await run(page);
    await allowDemo(page);
    await expect(page.getByRole('heading', { name: 'Signed in as Ada Demo' })).toBeVisible();
    await backTo(page, app.url);
    expect(await buttonOf(page)).toEqual({ words: 'Run the flow', busy: 'false', wasKept: true });
    await run(page);
    await allowDemo(page);
    await expect(page.getByRole('heading', { name: 'Signed in as Ada Demo' })).toBeVisible();
  } finally {
    await browser.close();
  }
});

// Back to the first entry with that address. Playwright is not told that a kept page was loaded, because it was not.
async function backTo(page, url) {
  const cdp = await page.context().newCDPSession(page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  const before = await page.evaluate(() => performance.timeOrigin);
  await cdp.send('Page.navigateToHistoryEntry', { entryId: entries.find((entry) => entry.url === url).id });
  await expect.poll(() => page.evaluate(() => [location.href, performance.timeOrigin])).not.toContain(before);
  expect(await page.evaluate(() => location.href)).toBe(url);
}

function buttonOf(page) {
  return page.evaluate(() => {
    const button = document.querySelector('#run');
    return { words: button.textContent, busy: button.getAttribute('aria-disabled'), wasKept: window.wasKept };
  });
}

test('behaviour 13: a popup survives COOP on both sides', async ({ page }) => {
  const there = await parties({ appHeaders: ISOLATED, providerHeaders: ISOLATED });
  try {
    await open(page, address(there, { way: 'popup' }));
    const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
    await popup.waitForURL((url) => url.origin === there.provider.origin);
    expect(await popup.evaluate(() => window.opener)).toBe(null);
    const closed = popup.waitForEvent('close');
    await allowThere(popup);
    await expectState(page, { status: 'signed_in' });
    await closed;
    expect(page.url()).toBe(address(there, { way: 'popup' }));
  } finally {
    await there.close();
  }
});

test('behaviour 14: without WebCrypto nobody is signed in, and the page says why', async ({ page, there }) => {
  await page.addInitScript(() => Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined }));
  await open(page, address(there));
  await pressSignIn(page);
  await allowThere(page);
  await expectState(page, { status: 'failed', code: 'crypto_unavailable' });
  await expect(page.locator('#words')).toContainText('cannot check the signature');
});

test('behaviour 15: a strict policy with wasm-unsafe-eval and Trusted Types is enough', async ({ page }) => {
  // One header for all pages, as a static host sends it; so it names the one script of the callback page.
  const callback = await readFile(path.join(EVERY_OPTION, 'callback.html'), 'utf8');
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]}`,
    "style-src 'self'",
    "connect-src 'self' http://as.localhost:*",
    'img-src data:',
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const there = await parties({ appHeaders: { 'content-security-policy': policy } });
  try {
    const refused = [];
    await page.exposeFunction('refusedHere', (text) => refused.push(text));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => window.refusedHere(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await signIn(page, there);
    const before = tokenRequests(there);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(() => tokenRequests(there)).toBe(before + 1);
    await expectState(page, { status: 'signed_in' });
    // The image of a stranger, which this page has for other tests.
    expect(refused.filter((text) => !text.includes('elsewhere.localhost'))).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
  } finally {
    await there.close();
  }
});

test('fault 7: Back, Forward and reload after a login send nothing, and no entry has the code', async ({ page, there }) => {
  await signIn(page, there);
  const before = tokenRequests(there);
  const code = there.codes.at(-1);
  const cdp = await page.context().newCDPSession(page);
  for (const move of ['reload', 'goBack', 'goForward', 'goBack', 'reload', 'goForward']) {
    await page[move]();
    const { entries } = await cdp.send('Page.getNavigationHistory');
    expect(entries.filter(({ url }) => url.includes(code) || /callback\.html/.test(url))).toEqual([]);
  }
  await page.goto(address(there));
  await expectState(page, { status: 'signed_out' });
  expect(tokenRequests(there)).toBe(before);
});

test('fault 8: the app’s own query and fragment survive the trip, and its history entry keeps its state', async ({ page, there }) => {
  const place = `${address(there)}&tab=2&tab=3&empty=#part?x=1`;
  await open(page, place);
  await page.evaluate(() => history.replaceState({ scrolled: 7 }, ''));
  await pressSignIn(page);
  await allowThere(page);
  await expectState(page, { status: 'signed_in' });
  expect(page.url()).toBe(place);
  // The entry from before the trip, with what the app put there.
  for (let times = 0; (await page.evaluate(() => history.state?.scrolled)) !== 7 && times < 5; times += 1) await page.goBack();
  expect(await page.evaluate(() => history.state)).toEqual({ scrolled: 7 });
  expect(page.url()).toBe(place);
});

test('fault 8: where the page stays, nothing of it changes', async ({ page, there }) => {
  const place = `${address(there, { way: 'popup' })}&tab=2#part`;
  await open(page, place);
  await page.evaluate(() => history.replaceState({ scrolled: 7 }, ''));
  const before = await page.evaluate(() => history.length);
  const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
  await allowThere(popup);
  await expectState(page, { status: 'signed_in' });
  expect(page.url()).toBe(place);
  expect(await page.evaluate(() => [history.state, history.length])).toEqual([{ scrolled: 7 }, before]);
});

test('fault 15: a page whose storage is blocked says so, throws nothing and sends nothing', async ({ context, page, there }) => {
  await blockStorage(context);
  const before = there.provider.log.length;
  for (const options of [{}, { storage: 'tab' }]) {
    await open(page, address(there, options));
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'storage_blocked' });
    await expect(page.locator('#words')).toContainText('Allow storage for this site');
  }
  expect(there.provider.log.length).toBe(before);
});

test('fault 15: in a window of its own a login needs no storage', async ({ context, page, there }) => {
  await blockStorage(context);
  await open(page, address(there, { way: 'popup' }));
  const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
  await allowThere(popup);
  await expectState(page, { status: 'signed_in' });
});

// In every page of the context that is opened from now on.
async function blockStorage(context) {
  await context.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage', 'indexedDB']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    }
  });
}

test('fault 17: a token endpoint that redirects gets the code, and nobody else does', async ({ page, there, hostile }) => {
  hostile.modes.token = 'redirect';
  await open(page, address(there, { issuer: hostile.issuer, client_id: hostile.clientId }));
  await pressSignIn(page);
  await expectState(page, { status: 'failed', code: 'redirected' });
  expect(hostile.tokenRequests().filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(hostile.elsewhere()).toHaveLength(0);
});

test('fault 18: a popup that is blocked or closed is an error, and a message from elsewhere is none', async ({ context, page, there }) => {
  await open(page, address(there, { way: 'popup' }));
  const before = tokenRequests(there);
  const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
  await popup.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
  // From another origin, from a frame of it, and from the authorizer's own page: nobody listens there.
  const stranger = await context.newPage();
  await stranger.goto(`${there.elsewhere.url}image.gif`);
  const answer = { id: 'x', address: `${there.app.url}callback.html?code=stolen&state=p.stolen` };
  for (const from of [stranger, popup]) {
    await from.evaluate((message) => {
      new BroadcastChannel('pkce-login.answer').postMessage(message);
      for (const target of [window.opener, window.parent, window.top]) target?.postMessage(message, '*');
    }, answer);
  }
  await page.evaluate((message) => window.postMessage(message, '*'), answer);
  expect(await state(page)).toMatchObject({ status: 'signing_in' });
  await popup.close();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expectState(page, { status: 'failed', code: 'popup_closed' });
  await page.evaluate(() => { window.open = () => null; });
  await pressSignIn(page);
  await expectState(page, { status: 'failed', code: 'popup_blocked' });
  expect(tokenRequests(there)).toBe(before);
});

test('fault 19: console and page never show a code, a token or a secret', async ({ page, there }) => {
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  const secrets = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/token')) return;
    const form = new URLSearchParams(request.postData());
    secrets.push(...['code', 'code_verifier', 'refresh_token'].map((name) => form.get(name)).filter(Boolean));
  });
  const callbacks = watchCallbacks(page);
  await signIn(page, there);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect.poll(() => secrets.length).toBe(3);
  await page.getByRole('button', { name: 'Call UserInfo' }).click();
  await expectState(page, { status: 'signed_in' });
  said.push(await page.content());
  await page.goto(callbacks[0]);
  await expectState(page, { status: 'failed' });
  said.push(await page.content());
  secrets.push(new URL(callbacks[0]).searchParams.get('state'));
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
  }
  expect(said.filter((text) => /eyJ[\w-]+\.eyJ/.test(text))).toEqual([]);
});
