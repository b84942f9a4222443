// The ways to receive an answer where something is in the way: isolated windows, blocked or closed ones, strangers on
// the channel, workers that are not there, and workers of somebody else.

import { expect, test as base } from '../fixtures.mjs';
import { address, allowThere, expectState, foreignRequest, open, parties, pressSignIn, state } from '../ways.mjs';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin' };

// A host's own worker: it takes its pages over, and answers one address itself.
const HOST_WORKER = `
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener('fetch', (event) => {
    if (new URL(event.request.url).pathname === '/from-host') event.respondWith(new Response('of the host'));
  });
`;

const test = base.extend({
  there: [
    async ({}, use) => {
      const there = await parties({
        pages: {
          'host-worker.js': HOST_WORKER,
          'importing-worker.js': `self.pkceLoginCallback = 'callback.html'; importScripts('callback-worker.js'); ${HOST_WORKER}`,
        },
      });
      await use(there);
      await there.close();
    },
    { scope: 'worker' },
  ],
});

async function openPopup(page) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
  return popup;
}

// As the browser says it when a window is closed. Playwright makes every page believe that it always has the focus.
function comeBack(page) {
  return page.evaluate(() => window.dispatchEvent(new Event('focus')));
}

function tokenRequests({ provider }) {
  return provider.log.filter(({ path }) => path === '/token').length;
}

test.describe('popup', () => {
  test('works where the app and the authorizer isolate themselves', async ({ page }) => {
    const there = await parties({ appHeaders: ISOLATED, providerHeaders: ISOLATED });
    try {
      await page.addInitScript(() => {
        const opened = window.open;
        window.open = (...given) => (window.opened = opened.apply(window, given));
      });
      await open(page, address(there, { way: 'popup' }));
      const popup = await openPopup(page);
      await popup.waitForURL((url) => url.origin === there.provider.origin);
      // The tie is cut: the window looks closed, and it is not.
      expect(await page.evaluate(() => window.opened.closed)).toBe(true);
      expect(await popup.evaluate(() => window.opener)).toBe(null);
      const closed = popup.waitForEvent('close');
      await allowThere(popup);
      await expectState(page, { status: 'signed_in' });
      await closed;
    } finally {
      await there.close();
    }
  });

  test('the authorizer cannot reach the page that opened it', async ({ page, there }) => {
    await open(page, address(there, { way: 'popup' }));
    const popup = await openPopup(page);
    await popup.waitForURL((url) => url.origin === there.provider.origin);
    expect(await popup.evaluate(() => window.opener)).toBe(null);
  });

  test('one that was blocked is an error at once, and nothing was begun', async ({ page, there }) => {
    await page.addInitScript(() => (window.open = () => null));
    await open(page, address(there, { way: 'popup' }));
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'popup_blocked' });
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('pending')))).toEqual([]);
  });

  test('one that was closed is an error, and a second press works', async ({ page, there }) => {
    await open(page, address(there, { way: 'popup' }));
    const popup = await openPopup(page);
    await popup.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const before = tokenRequests(there);
    await popup.close();
    await comeBack(page);
    await expectState(page, { status: 'failed', code: 'popup_closed' });
    expect(tokenRequests(there)).toBe(before);
    const second = await openPopup(page);
    await allowThere(second);
    await expectState(page, { status: 'signed_in' });
  });

  test('Cancel ends it, and an answer that comes later is not used', async ({ page, there }) => {
    await open(page, address(there, { way: 'popup' }));
    const popup = await openPopup(page);
    await popup.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const before = tokenRequests(there);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expectState(page, { status: 'failed', code: 'popup_cancelled' });
    await allowThere(popup);
    await expect(popup.getByRole('status')).toHaveText(/^The page that asked is gone/);
    expect(tokenRequests(there)).toBe(before);
  });

  test('a login that cannot be begun leaves no window behind', async ({ page, there }) => {
    await open(page, address(there, { way: 'popup', issuer: `${there.app.origin}/nobody` }));
    const popup = await openPopup(page);
    if (!popup.isClosed()) await popup.waitForEvent('close');
    await expectState(page, { status: 'failed' });
  });

  test('Deny there is an answer here', async ({ page, there }) => {
    await open(page, address(there, { way: 'popup' }));
    const popup = await openPopup(page);
    await popup.getByRole('button', { name: 'Deny' }).click();
    await expectState(page, { status: 'failed', code: 'access_denied' });
  });

  test('strangers on the channel disturb nothing', async ({ context, page, there }) => {
    await open(page, address(there, { way: 'popup' }));
    const popup = await openPopup(page);
    await popup.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const stranger = await context.newPage();
    await stranger.goto(there.app.url);
    const taken = await stranger.evaluate(async (callback) => {
      const channel = new BroadcastChannel('pkce-login.answer');
      const heard = [];
      channel.onmessage = (event) => heard.push(event.data);
      const own = new BroadcastChannel('pkce-login.answer');
      const all = [
        null, 7, 'text', {}, { id: 'a' }, { id: 'b', address: 7 }, { address: `${callback}?code=a&state=p.none` },
        { id: 'c', address: `${callback}?code=a&state=p.none` }, { id: 'd', address: callback, body: 'code=a&state=p.none' },
        { id: 'e', address: callback, body: { state: 'p.none' } },
      ];
      for (const message of all) own.postMessage(message);
      own.postMessage('the last one');
      while (!heard.includes('the last one')) await new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }));
      return heard.filter((message) => message?.taken);
    }, `${there.app.url}callback.html`);
    expect(taken).toEqual([]);
    expect(await state(page)).toMatchObject({ status: 'signing_in' });
    await allowThere(popup);
    await expectState(page, { status: 'signed_in' });
  });

  test('a link to an answer that no window waits for ends in the app', async ({ page, there }) => {
    await page.goto(`${there.app.url}callback.html?code=a&state=p.nobody`);
    await page.waitForURL((url) => !url.pathname.endsWith('callback.html'), { timeout: 20_000 });
    expect(page.url()).toBe(there.app.url);
  });

  test('where the page that asked is gone, the window says so', async ({ page, there }) => {
    // As the app left it in the window that it opened.
    await page.goto(`${there.app.url}callback.html`);
    await page.addInitScript(() => {
      if (location.search) sessionStorage.setItem('pkce-login.child-window.p.nobody', '{}');
    });
    await page.goto(`${there.app.url}callback.html?code=a&state=p.nobody`);
    await expect(page.getByRole('status')).toHaveText('The page that asked is gone. Close this window and start again.');
    expect(page.url()).toBe(`${there.app.url}callback.html`);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

test.describe('hidden frame', () => {
  test('where nobody is signed in, the authorizer’s no is the answer, and the frame is gone', async ({ page, there }) => {
    await open(page, address(there, { way: 'frame', prompt: 'none' }));
    const framed = page.waitForEvent('frameattached');
    await pressSignIn(page);
    await framed;
    await expectState(page, { status: 'failed', code: 'login_required' });
    await expect(page.locator('iframe')).toHaveCount(0);
  });

  test('an authorizer that refuses to be framed is a time-out, and the frame is gone', async ({ page }) => {
    const there = await parties({ providerHeaders: { 'x-frame-options': 'DENY' } });
    try {
      await open(page, address(there, { way: 'frame' }));
      await pressSignIn(page);
      await expect(page.locator('iframe')).toHaveAttribute('aria-hidden', 'true');
      await expect(page.locator('iframe')).toBeHidden();
      await expectState(page, { status: 'failed', code: 'frame_timed_out' });
      await expect(page.locator('iframe')).toHaveCount(0);
    } finally {
      await there.close();
    }
  });
});

test.describe('callback worker', () => {
  test('form_post is not asked for without it', async ({ page, there }) => {
    await open(page, address(there, { response_mode: 'form_post' }));
    const before = there.provider.log.length;
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'form_post_unreceivable' });
    expect(there.provider.log.length).toBe(before);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test('one that was removed meanwhile is made up for by the callback page', async ({ context, page, there }) => {
    await open(page, address(there, { catch: '1' }));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const other = await context.newPage();
    await other.goto(`${there.app.url}every_option.css`);
    expect(await other.evaluate(async () => {
      const [registration, ...more] = await navigator.serviceWorker.getRegistrations();
      return more.length === 0 && registration.unregister();
    })).toBe(true);
    const before = there.app.log.length;
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
    expect(there.app.log.slice(before).join('\n')).toContain('/callback.html?code=');
  });

  test('one that the browser passes by is made up for as well', async ({ page, there }) => {
    await open(page, address(there, { catch: '1' }));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setBypassServiceWorker', { bypass: true });
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
  });

  test('a hard reload of the app changes nothing', async ({ page, there }) => {
    await open(page, address(there, { catch: '1', response_mode: 'form_post' }));
    const cdp = await page.context().newCDPSession(page);
    await Promise.all([page.waitForEvent('load'), cdp.send('Page.reload', { ignoreCache: true })]);
    await expectState(page, { status: 'signed_out' });
    expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBe(null);
    await pressSignIn(page);
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
  });

  test('a ticket that a stranger writes into a link is passed over where no login waits', async ({ page, there }) => {
    await open(page, address(there, { catch: '1' }));
    await page.goto(`${there.app.url}callback.html#caught=00000000000000000000000000000000`);
    await page.waitForURL(there.app.url);
    await expectState(page, { status: 'signed_out' });
  });

  test('an answer that it has lost is said to be lost', async ({ page, there }) => {
    await open(page, address(there, { catch: '1' }));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    await page.goto(`${there.app.url}callback.html#caught=00000000000000000000000000000000`);
    await page.waitForURL(there.app.url);
    await expectState(page, { status: 'failed', code: 'answer_lost' });
  });

  // The app is held back after the callback page has left.
  async function signInWithTheAppHeldBack(page, there) {
    await open(page, address(there, { catch: '1' }));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Sign in as Ada Demo' }).waitFor();
    let goOn;
    const released = new Promise((resolve) => (goOn = resolve));
    const held = new Promise((resolve) => {
      page.route('**/start.js', async (route) => {
        resolve();
        await released;
        await route.continue();
      });
    });
    const before = tokenRequests(there);
    await allowThere(page);
    await held;
    return { before, goOn };
  }

  test('the code is exchanged while the app is on its way, once', async ({ page, there }) => {
    const { before, goOn } = await signInWithTheAppHeldBack(page, there);
    await expect.poll(() => tokenRequests(there)).toBe(before + 1);
    goOn();
    await expectState(page, { status: 'signed_in' });
    expect(tokenRequests(there)).toBe(before + 1);
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain('code_verifier');
  });

  test('an answer whose worker was stopped is lost, and a new login works', async ({ page, there }) => {
    const { before, goOn } = await signInWithTheAppHeldBack(page, there);
    await expect.poll(() => tokenRequests(there)).toBe(before + 1);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('ServiceWorker.enable');
    await cdp.send('ServiceWorker.stopAllWorkers');
    goOn();
    await expectState(page, { status: 'failed', code: 'answer_lost' });
    expect(tokenRequests(there)).toBe(before + 1);
    await pressSignIn(page);
    // Who is signed in there is asked for consent only.
    await page.getByRole('button', { name: 'Allow' }).click();
    await expectState(page, { status: 'signed_in' });
  });

  test('an error of the authorizer comes through', async ({ page, there }) => {
    await open(page, address(there, { catch: '1', response_mode: 'form_post' }));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await expectState(page, { status: 'failed', code: 'access_denied' });
  });

  test('an answer that nobody asked for is refused, and its code goes nowhere', async ({ page, there }) => {
    await open(page, address(there, { catch: '1' }));
    const before = tokenRequests(there);
    await page.goto(foreignRequest(there, `${there.app.url}callback.html`, 'form_post'));
    await allowThere(page);
    await expectState(page, { status: 'failed', code: 'no_pending_transaction' });
    expect(tokenRequests(there)).toBe(before);
  });

  test('a worker of the host keeps its pages', async ({ page, there }) => {
    await page.goto(`${there.app.url}every_option.css`);
    await hostWorker(page, 'host-worker.js', '/');
    await open(page, address(there, { catch: '1' }));
    const before = there.app.log.length;
    await pressSignIn(page);
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
    expect(there.app.log.slice(before).join('\n')).not.toContain('code=');
    expect(await page.evaluate(() => navigator.serviceWorker.controller.scriptURL)).toBe(`${there.app.url}host-worker.js`);
    expect(await page.evaluate(async () => (await fetch('/from-host')).text())).toBe('of the host');
    expect(await scopes(page)).toEqual([there.app.url, `${there.app.url}callback.html`]);
  });

  test('a worker of the host for the callback page itself is left alone', async ({ page, there }) => {
    await page.goto(`${there.app.url}every_option.css`);
    await hostWorker(page, 'host-worker.js', '/callback.html');
    await page.goto(address(there, { catch: '1' }));
    await expectState(page, { status: 'failed', code: 'callback_scope_taken' });
    expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/callback.html')).active.scriptURL)).toBe(
      `${there.app.url}host-worker.js`,
    );
  });

  test('a worker of the host can take it in', async ({ page, there }) => {
    await page.goto(`${there.app.url}every_option.css`);
    await hostWorker(page, 'importing-worker.js', '/');
    await open(page, address(there, { catch: '1', worker: 'importing-worker.js', response_mode: 'form_post' }));
    await pressSignIn(page);
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
    expect(await scopes(page)).toEqual([there.app.url]);
  });
});

async function hostWorker(page, script, scope) {
  await page.evaluate(async ([script, scope]) => {
    const { installing } = await navigator.serviceWorker.register(script, { scope });
    while (installing.state !== 'activated') await new Promise((resolve) => (installing.onstatechange = resolve));
  }, [script, scope]);
}

function scopes(page) {
  return page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope).sort());
}
