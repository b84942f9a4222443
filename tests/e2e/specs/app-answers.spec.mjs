// The redirect URI is answered by the app itself, as on a host that falls back to index.html. `element`, `createAuth` and a
// Leptos app take the answer there.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { ADVICE, fallingBack, kept } from '../app-answers.mjs';
import { PACKAGE } from '../element.mjs';
import { expect, test as base } from '../fixtures.mjs';
import { holdBack } from '../hold.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { allowThere } from '../ways.mjs';

const html = (body, head) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;

// Looks at the address right after the call, before anything can have been awaited.
const HEADLESS = (options) => `
import { createAuth } from '/headless.js';
window.arrivedAt = location.href;
const opening = createAuth(${JSON.stringify(options)});
window.afterCall = location.href;
const auth = await opening;
const show = (now) => (document.querySelector('#state').textContent = now.isSignedIn ? 'in as ' + now.user.sub : 'out ' + (now.error?.code ?? ''));
show(auth);
auth.subscribe(show);
window.auth = auth;
`;

const PRESSES = `
document.querySelector('#sign-in').onclick = () => auth.current().login().catch(() => {});
document.querySelector('#popup').onclick = () => auth.current().loginInPopup();
document.querySelector('#silent').onclick = () => auth.current().loginSilently();
`;

const attribute = (name, value) => (value ? `${name}="${value}"` : '');

const SURFACES = {
  TypeScript: {
    root: PACKAGE,
    pages: (options) => ({
      'index.html': html('<button id="sign-in">Sign in</button><button id="popup">Popup</button><button id="silent">Silent</button><p id="state"></p>', '<script type="module" src="/app.js"></script>'),
      'app.js': HEADLESS(options) + PRESSES,
    }),
    press: (page) => page.locator('#sign-in').click(),
    ready: (page) => expect(page.locator('#state')).toHaveText(/^out/),
    isIn: (page) => expect(page.locator('#state')).toHaveText(/^in as/),
  },
  element: {
    root: PACKAGE,
    pages: ({ issuer, clientId, responseMode, redirectUri }) => ({
      'index.html': html(
        `<pkce-login issuer="${issuer}" client-id="${clientId}" ${attribute('response-mode', responseMode)} ${attribute('redirect-uri', redirectUri)}></pkce-login>`,
        '<script type="module" src="/element.js"></script>',
      ),
    }),
    press: (page) => page.getByRole('button', { name: 'Sign in' }).click(),
    ready: (page) => expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible(),
    isIn: (page) => expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible(),
  },
  Leptos: {
    root: path.join(staticHost.EXAMPLES, 'minimal'),
    // Its files are beside its page.
    path: '',
    pages: () => ({}),
    press: (page) => page.getByRole('button', { name: 'Sign in' }).click(),
    ready: (page) => expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible(),
    isIn: (page) => expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible(),
  },
};

// What the example names as its authorizer, in a compiled module: what stands in its place has to be as long.
const ISSUER = 'http://as.localhost:9010';

const test = base.extend({
  // serve(surface, options) -> the app on such a host, and a real provider that knows it.
  serve: async ({}, use) => {
    const servers = [];
    await use(async (surface, options = {}, more = {}) => {
      const { root, pages } = SURFACES[surface];
      const texts = {};
      let issuer = ISSUER;
      const app = await fallingBack(root, {
        pages: texts,
        rewrite: (octets) => Buffer.from(octets.toString('latin1').replaceAll(ISSUER, issuer), 'latin1'),
      });
      const provider = await oidcProvider.start({ app: app.url, host: 'a.localhost', ...more });
      // Of another length it is one that the app cannot use; where it has nothing to do, it need not.
      if (provider.issuer.length === ISSUER.length) issuer = provider.issuer;
      Object.assign(texts, pages({ issuer: provider.issuer, clientId: provider.clientId, scope: 'openid', ...options }), more.pages?.(provider));
      servers.push(app, provider);
      const codes = [];
      provider.provider.on('authorization_code.saved', ({ jti }) => codes.push(jti));
      return { ...SURFACES[surface], app, provider, codes };
    });
    for (const server of servers) await server.close();
  },
  advice: async ({ context }, use) => {
    const advice = [];
    context.on('console', (message) => ADVICE.test(message.text()) && advice.push(message.text()));
    await use(advice);
  },
});

const tokenRequests = ({ provider }) => provider.log.filter(({ method, path: at }) => method === 'POST' && at === '/token').length;
const authorizationRequests = ({ provider }) => provider.log.filter(({ path: at }) => at === '/auth').length;

async function historyOf(page) {
  const cdp = await page.context().newCDPSession(page);
  return (await cdp.send('Page.getNavigationHistory')).entries.map(({ url }) => url);
}

for (const surface of Object.keys(SURFACES)) {
  test(`${surface}: an answer in the query signs in, at the place where the login began`, async ({ page, serve, advice }) => {
    const there = await serve(surface);
    const place = `${there.app.url}${there.path ?? 'orders/7'}?tab=2#part`;
    await page.goto(place);
    await there.ready(page);
    await there.press(page);
    await allowThere(page);
    await there.isIn(page);
    expect(page.url()).toBe(place);
    expect(tokenRequests(there)).toBe(1);
    expect((await historyOf(page)).filter((address) => address.includes('code='))).toEqual([]);
    expect(advice.length).toBe(1);
    // Nothing of it is left that a reload would find.
    expect(await kept(page)).not.toMatch(/pkce-login\.(answer|pending|beside)/);
    await page.reload();
    await there.ready(page);
    expect([tokenRequests(there), advice.length]).toEqual([1, 1]);
  });

  test(`${surface}: a foreign answer is left in the address, and takes nothing from the login that waits`, async ({ page, serve, advice }) => {
    const there = await serve(surface);
    await page.goto(there.app.url);
    await there.ready(page);
    await beginAt(page, there);
    const before = await kept(page);
    const asked = authorizationRequests(there);
    for (const foreign of [
      'callback.html?code=theirs&state=theirs',
      'callback.html#code=theirs&state=theirs',
      'callback.html?error=access_denied&state=theirs',
      'callback.html?code=theirs&state=p.theirs',
      'callback.html?code=theirs',
      '?code=theirs&state=theirs',
    ]) {
      await page.goto('about:blank');
      await page.goto(there.app.url + foreign);
      await there.ready(page);
      expect(page.url()).toBe(there.app.url + foreign);
      expect(await kept(page)).toBe(before);
    }
    expect([tokenRequests(there), authorizationRequests(there), advice.length]).toEqual([0, asked, 0]);
  });

  test(`${surface}: the right state at another page of the app is no answer`, async ({ page, serve }) => {
    const there = await serve(surface);
    await page.goto(there.app.url);
    await there.ready(page);
    const request = await beginAt(page, there);
    const before = await kept(page);
    const address = `${there.app.url}orders?code=theirs&state=${request.get('state')}`;
    await page.goto(address);
    await there.ready(page);
    expect(page.url()).toBe(address);
    expect(await kept(page)).toBe(before);
    expect(tokenRequests(there)).toBe(0);
  });

  test(`${surface}: a hash router’s place stays as it is, also while a login waits`, async ({ page, serve, advice }) => {
    const there = await serve(surface);
    for (const place of ['#/orders?id=1&state=open', 'callback.html#/orders?id=1&state=open&code=blue']) {
      await page.goto('about:blank');
      await page.goto(there.app.url + place);
      await there.ready(page);
      await beginAt(page, there);
      await page.reload();
      await there.ready(page);
      expect(page.url()).toBe(there.app.url + place);
    }
    expect(advice).toEqual([]);
  });
}

// A login that is under way, whose authorizer was asked and did not answer yet.
async function beginAt(page, there) {
  const asked = new Promise((resolve) => {
    const stay = async (route) => {
      await route.abort('aborted');
      resolve(new URL(route.request().url()).searchParams);
    };
    page.route('**/auth?*', stay, { times: 1 }).then(() => there.press(page));
  });
  const request = await asked;
  await expect.poll(() => kept(page)).toContain(request.get('state'));
  return request;
}

for (const surface of ['TypeScript', 'element']) {
  test(`${surface}: an answer in the fragment signs in`, async ({ page, serve, advice }) => {
    const there = await serve(surface, { responseMode: 'fragment' });
    await page.goto(there.app.url);
    await there.ready(page);
    await there.press(page);
    await allowThere(page);
    await there.isIn(page);
    expect(page.url()).toBe(there.app.url);
    expect([tokenRequests(there), advice.length]).toEqual([1, 1]);
  });

  test(`${surface}: the address is clean before the module is loaded`, async ({ page, serve }) => {
    const there = await serve(surface, { redirectUri: '/' });
    await page.goto(there.app.url);
    await there.ready(page);
    const request = await beginAt(page, there);
    const go = await holdBack(page, '**/*.wasm');
    const wanted = page.waitForRequest('**/*.wasm');
    await page.goto(`${there.app.url}?code=c&state=${request.get('state')}&iss=${encodeURIComponent(there.provider.issuer)}`);
    await wanted;
    expect(page.url()).toBe(there.app.url);
    expect(await kept(page)).toContain('pkce-login.answer');
    go();
    await expect.poll(() => tokenRequests(there)).toBe(1);
  });
}

test('behaviour 3: where the app answers the callback, the address is clean when createAuth returns', async ({ page, serve }) => {
  const there = await serve('TypeScript', { redirectUri: '/' });
  await page.goto(there.app.url);
  await there.ready(page);
  const request = await beginAt(page, there);
  const answer = `${there.app.url}?code=c&state=${request.get('state')}`;
  await page.goto(answer);
  await there.ready(page);
  expect(await page.evaluate(() => [window.arrivedAt, window.afterCall])).toEqual([answer, there.app.url]);
});

// Who answers the redirect URI in the window or frame: the app itself, or a Leptos app on the same host.
for (const answering of ['TypeScript', 'element', 'Leptos']) {
  test(`a window whose callback the app in ${answering} answers passes the answer on, does nothing else, and closes`, async ({ page, context, serve, advice }) => {
    const there = await serveBeside(serve, answering);
    await page.goto(`${there.app.url}opener.html`);
    await expect(page.locator('#state')).toHaveText(/^out/);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator('#popup').click()]);
    const requests = [];
    popup.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const closed = popup.waitForEvent('close');
    await allowThere(popup);
    await closed;
    await expect(page.locator('#state')).toHaveText(/^in as/);
    expect([tokenRequests(there), authorizationRequests(there), advice.length]).toEqual([1, 1, 1]);
    // The scripts of the package do not even load their module there.
    if (answering !== 'Leptos') expect(requests.filter((name) => name.endsWith('.wasm'))).toEqual([]);
    expect(context.pages().length).toBe(1);
  });

  test(`a hidden frame whose callback the app in ${answering} answers passes the answer on, and does nothing else`, async ({ page, serve, advice }) => {
    const there = await serveBeside(serve, answering, { silent: true });
    await page.goto(`${there.app.url}opener.html`);
    await expect(page.locator('#state')).toHaveText(/^out/);
    await page.locator('#sign-in').click();
    await allowThere(page);
    await expect(page.locator('#state')).toHaveText(/^in as/);
    await page.reload();
    await expect(page.locator('#state')).toHaveText(/^out/);
    const before = [tokenRequests(there), authorizationRequests(there), advice.length];
    await page.locator('#silent').click();
    await expect(page.locator('#state')).toHaveText(/^in as/);
    expect([tokenRequests(there), authorizationRequests(there), advice.length]).toEqual(before.map((count) => count + 1));
    expect(await kept(page)).not.toContain('pkce-login.child-window');
  });
}

// A page of the package that opens windows and frames, on the host of the app that answers in them.
async function serveBeside(serve, answering, { silent = false } = {}) {
  const names = ['headless.js', 'headless-glue.js', 'headless.wasm'];
  const files = await Promise.all(names.map(async (name) => [name, await readFile(path.join(PACKAGE, name))]));
  const opener = (provider) => ({
    'opener.html': SURFACES.TypeScript.pages({})['index.html'].replace('/app.js', '/opener.js'),
    'opener.js': HEADLESS({ issuer: provider.issuer, clientId: provider.clientId, scope: 'openid' }) + PRESSES,
  });
  const there = await serve(answering, {}, { pages: opener, silent, ...(silent && { host: 'localhost' }) });
  // Beside an app that does not bring them.
  if (answering === 'Leptos') await there.app.add(Object.fromEntries(files));
  return there;
}

test('behaviour 5: a window with an answer that nobody waits for shows the app, and takes nothing', async ({ page, serve }) => {
  const there = await serve('TypeScript');
  const address = `${there.app.url}callback.html?code=theirs&state=p.theirs`;
  await page.goto(address);
  await there.ready(page);
  expect(page.url()).toBe(address);
  expect(tokenRequests(there)).toBe(0);
});
