// The headless package as a page without a bundler uses it: the files as they are published, one strict policy with
// Trusted Types, and the built-in authorizer.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test as base } from '../fixtures.mjs';
import * as staticHost from '../servers/static.mjs';

const PACKAGE = process.env.NPM_PACKAGE ?? fileURLToPath(new URL('../../../dist/npm', import.meta.url));

const INDEX = '<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><script type="module" src="app.mjs"></script>';
const APP = `
import { createAuth, PkceError } from './headless.js';
Object.assign(window, { createAuth, PkceError, isReady: true });
`;

const test = base.extend({
  host: async ({}, use) => {
    const callback = await readFile(path.join(PACKAGE, 'callback.html'), 'utf8');
    const policy = [
      "default-src 'none'",
      `script-src 'self' 'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]}`,
      "connect-src 'self'",
      "worker-src 'self'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types pkce-login',
    ].join('; ');
    const host = await staticHost.start({
      root: PACKAGE,
      headers: { 'content-security-policy': policy },
      pages: { 'index.html': INDEX, 'app.mjs': APP },
    });
    await use(host);
    await host.close();
  },
});

const DEMO = { authorizer: 'builtin', clientId: 'pkce-login-demo' };

async function open(page, host, place = '') {
  await page.goto(host.url + place);
  await page.waitForFunction(() => window.isReady);
}

// What a page sees of a snapshot, or of the error.
function auth(page, options = DEMO) {
  return page.evaluate(async (given) => {
    const { code, step, message, advice } = await createAuth(given).then((auth) => (window.auth = auth), (error) => error);
    if (code) return { code, step, message, advice, isError: true };
    const { isSignedIn, error, user, scope, returnTo } = window.auth;
    return { isSignedIn, error: error && { code: error.code, step: error.step }, user, scope, returnTo };
  }, options);
}

async function allow(page) {
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

async function signIn(page, host, options = DEMO) {
  await open(page, host, '?item=1#top');
  expect((await auth(page, options)).isSignedIn).toBe(false);
  await page.evaluate(() => { window.auth.login(); });
  await allow(page);
  await page.waitForURL((url) => url.pathname === '/' && url.search === '?item=1');
  await page.waitForFunction(() => window.isReady);
  return auth(page, options);
}

test('headless: there and back under a strict policy with Trusted Types, and the person is known', async ({ page, host }) => {
  const refused = [];
  page.on('console', (message) => refused.push(message.text()));
  const found = await signIn(page, host);
  expect(found).toMatchObject({ isSignedIn: true, scope: 'openid profile', returnTo: '/?item=1#top' });
  expect(found.user).toMatchObject({ name: 'Ada Demo', iss: `${host.origin}/authorizer` });
  expect(refused.filter((text) => /policy|Trusted/i.test(text))).toEqual([]);
});

test('headless: the session’s methods do what they say, and are over with it', async ({ page, host }) => {
  await signIn(page, host);
  const seen = await page.evaluate(async () => {
    const { auth } = window;
    const heard = [];
    auth.subscribe((now) => heard.push(now.isSignedIn));
    const token = await auth.getAccessToken();
    const claims = await auth.userinfo();
    await auth.refresh();
    const newer = auth.current();
    const renewed = await newer.getAccessToken({ minValidity: 60 });
    await newer.logout();
    const error = await newer.getAccessToken().catch((thrown) => thrown);
    return {
      sub: claims.sub === auth.user.sub, isNew: token !== renewed, isLonger: newer.expiresAt >= auth.expiresAt,
      isSame: auth.current() === auth.current(), after: auth.current().isSignedIn, heard, code: error.code,
      isPkceError: error instanceof PkceError,
    };
  });
  expect(seen).toMatchObject({ sub: true, isNew: true, isLonger: true, isSame: true, after: false, code: 'signed_out', isPkceError: true });
  expect(seen.heard.at(-1)).toBe(false);
});

test('headless: the person who presses Deny is an error of the snapshot, and createAuth does not reject', async ({ page, host }) => {
  await open(page, host);
  await auth(page);
  await page.evaluate(() => { window.auth.login({ prompt: 'login', returnTo: '/?denied' }); });
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.waitForURL((url) => url.search === '?denied');
  await page.waitForFunction(() => window.isReady);
  expect(await auth(page)).toMatchObject({ isSignedIn: false, error: { code: 'access_denied', step: 'response' } });
});

test('headless: a window of its own brings the session to the page that stays', async ({ page, host }) => {
  await open(page, host);
  await auth(page);
  await page.evaluate(() => {
    document.body.addEventListener('click', () => { window.signingIn = window.auth.loginInPopup(); });
    document.body.style.minHeight = '100px';
  });
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.mouse.click(20, 20)]);
  await allow(popup);
  const name = await page.evaluate(async () => (await window.signingIn).user.name);
  expect(name).toBe('Ada Demo');
});

for (const [part, change] of ['headless', 'headless-full'].flatMap((name) => [[`${name}-glue.js`, (text) => `${text}\nwindow.isChanged = true;\n`], [`${name}.wasm`, (text) => `${text}!`]])) {
  test(`headless: a ${part} that is another file than the script knows is not run`, async ({ page }) => {
    const host = await staticHost.start({ root: PACKAGE, pages: { 'index.html': INDEX, 'app.mjs': APP, [part]: change } });
    await open(page, host);
    const options = { ...DEMO, dpop: part.includes('full') };
    expect(await auth(page, options)).toMatchObject({ isError: true, code: 'module_not_loaded', step: 'load' });
    expect(await page.evaluate(() => window.isChanged)).toBeUndefined();
    await host.close();
  });
}

test('headless: a page that shows "signed out" loads nothing but the script, until a press or an idle moment', async ({ page, host }) => {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await open(page, host);
  // Nobody is an authorizer there.
  const issuer = `${host.origin}/nobody`;
  expect(await auth(page, { issuer, clientId: 'my-app', prepare: 'press' })).toMatchObject({ isSignedIn: false, error: null });
  expect(asked).toEqual(['/', '/app.mjs', '/headless.js']);
  const code = await page.evaluate(() => window.auth.login().catch((error) => error.code));
  expect(code).toBe('unexpected_status');
  expect(asked).toEqual(expect.arrayContaining(['/headless-glue.js', '/headless.wasm']));
});

for (const [options, module] of [[{ dpop: true }, 'headless-full'], [{ storage: 'session' }, 'headless-full'], [{ dpop: false, storage: 'memory' }, 'headless'], [{ storage: 'nowhere' }, 'headless-full']]) {
  test(`headless: a page with ${JSON.stringify(options)} loads ${module} and no other module`, async ({ page, host }) => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await open(page, host);
    const told = await auth(page, { issuer: `${host.origin}/nobody`, clientId: 'my-app', prepare: 'press', ...options });
    expect(told).toMatchObject(options.storage === 'nowhere' ? { isError: true, code: 'option_invalid' } : { isSignedIn: false });
    if (!told.isError) await page.evaluate(() => window.auth.login().catch(() => {}));
    expect(new Set(asked.filter((name) => /glue|wasm/.test(name)))).toEqual(new Set([`/${module}-glue.js`, `/${module}.wasm`]));
  });
}

test('headless: options that cannot be read reject, and throw nothing', async ({ page, host }) => {
  await open(page, host);
  const told = await page.evaluate(async () => {
    const hidden = { issuer: 'https://login.example', clientId: 'x', get dpop() { throw new Error('hidden'); } };
    const opening = [hidden, null, undefined, 'text', []].map((options) => createAuth(options));
    return (await Promise.allSettled(opening)).map(({ status, reason }) => [status, reason.code ?? reason.message]);
  });
  expect(told).toEqual([['rejected', 'hidden'], ...Array(4).fill(['rejected', expect.stringMatching(/^[a-z_]+$/)])]);
});

test('headless: wrong options reject with three sentences before anything is begun', async ({ page, host }) => {
  await open(page, host);
  for (const [options, code, word] of [
    [{ ...DEMO, clientSecret: 'hunter2' }, 'client_secret_refused', 'clientSecret'],
    [{ ...DEMO, client_id: 'x' }, 'option_unknown', 'client_id'],
    [{ issuer: 'http://login.example', clientId: 'x' }, 'option_invalid', 'http://login.example'],
    [{ clientId: 'x' }, 'issuer_missing', 'issuer'],
    [{ ...DEMO, redirectUri: 'https://evil.example/' }, 'redirect_uri_foreign', 'evil.example'],
  ]) {
    const told = await auth(page, options);
    expect(told).toMatchObject({ isError: true, code, step: 'configuration' });
    expect(told.message).toContain(word);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  }
});

test('headless: the token goes to an origin that the app named, and the answer is the browser’s own', async ({ page, host }) => {
  const api = host.origin;
  await page.route(`${api}/api/**`, async (route) => {
    const { authorization = '', accept } = await route.request().allHeaders();
    await route.fulfill({ json: { authorization: authorization.split(' ')[0], accept, body: route.request().postData() } });
  });
  const named = { ...DEMO, apiOrigins: [api] };
  await signIn(page, host, named);
  const answer = await page.evaluate(async () => {
    const response = await window.auth.fetch('/api/things', { method: 'POST', body: 'all of it' });
    return { isOwn: response instanceof Response, said: await response.json() };
  });
  expect(answer).toMatchObject({ isOwn: true, said: { authorization: 'Bearer', body: 'all of it' } });
  expect(await page.evaluate(async () => (await (await fetch('/api/things')).json()).authorization)).toBe('');
});

test('behaviour 15: under Trusted Types the callback worker is registered where the page names our policy', async ({ page, host }) => {
  await open(page, host);
  const posted = { issuer: `${host.origin}/as`, clientId: 'x', responseMode: 'form_post' };
  expect(await auth(page, posted)).toMatchObject({ isSignedIn: false, error: null });
  const scripts = () => page.evaluate(async () => {
    const all = await navigator.serviceWorker.getRegistrations();
    return all.map(({ active, scope }) => [active.scriptURL, scope]);
  });
  expect(await scripts()).toEqual([[`${host.url}callback-worker.js`, `${host.url}callback.html`]]);
  // What it passes is a script of this origin, by its whole address, and nothing else.
  const passes = await page.evaluate(() => ['callback-worker.js', 'https://evil.example/worker.js', 'data:text/javascript,1', URL.createObjectURL(new Blob(['1']))].map((url) => {
    try {
      return String(window[Symbol.for('pkce-login')].createScriptURL(url));
    } catch {
      return null;
    }
  }));
  expect(passes).toEqual([`${host.url}callback-worker.js`, null, null, null]);
});
