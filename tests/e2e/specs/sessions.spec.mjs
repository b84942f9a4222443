// A session between pages and tabs: where it is kept, who renews it, and what ends it.

import { expect, test as base } from '../fixtures.mjs';
import { allow, tokenAnswers } from '../flow.mjs';
import { refreshInBoth, withHost } from '../host.mjs';
import { listen } from '../servers/listen.mjs';
import { leftTabs } from '../left-tabs.mjs';
import { movedApis } from '../moved.mjs';
import { address, expectState, open, press, pressSignIn, state } from '../ways.mjs';

const DEVICE = { storage: 'device', dpop: '1' };

const test = withHost(base).extend({
  // Opens the page with these options and signs in; gives the address and the provider.
  signedIn: async ({ page, host }, use) => {
    await use(async (options, demands = {}) => {
      const provider = await host.provider(demands);
      const url = address({ app: host.app, provider }, options);
      await open(page, url);
      await pressSignIn(page);
      await allow(page);
      await expectState(page, { status: 'signed_in', person: 'ada' });
      return { provider, url, granted: watchGrants(provider) };
    });
  },
  api: async ({}, use) => {
    const api = await startApi();
    await use(api);
    await api.close();
  },
});

// Every grant of the provider from now on, by any tab.
function watchGrants({ provider }) {
  const granted = [];
  provider.on('grant.success', (ctx) => granted.push(ctx.oidc.params.grant_type));
  return granted;
}

async function openAnother(context, url) {
  const other = await context.newPage();
  await other.goto(url);
  return other;
}

// Everything that a page of this origin could find again, as one text.
function everythingKept(page) {
  return page.evaluate(async () => {
    const finished = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const kept = { ...localStorage, ...sessionStorage, cookie: document.cookie };
    for (const { name } of await indexedDB.databases()) {
      const database = await finished(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        kept[`${name} ${store}`] = await finished(database.transaction(store).objectStore(store).getAll());
      }
      database.close();
    }
    for (const name of await caches.keys()) kept[`cache ${name}`] = (await (await caches.open(name)).keys()).map(({ url }) => url);
    return JSON.stringify(kept);
  });
}

function kept(page) {
  return page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('pkce-login.session')).length);
}

// Runs `work` with the private key of each session that is kept.
function privateKeys(page) {
  return page.evaluate(async () => {
    const finished = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await finished(indexedDB.open('pkce-login.keys'));
    const records = await finished(database.transaction('keys').objectStore('keys').getAll());
    database.close();
    const outcome = (promise) => promise.then(() => 'exported', (error) => error.name);
    return Promise.all(records.map(async ({ pair: { privateKey } }) => ({
      extractable: privateKey.extractable,
      jwk: await outcome(crypto.subtle.exportKey('jwk', privateKey)),
      pkcs8: await outcome(crypto.subtle.exportKey('pkcs8', privateKey)),
      wrapped: JSON.stringify(privateKey),
    })));
  });
}

test.describe('in the tab', () => {
  test('it survives a reload without a request to anyone, and no other tab has it', async ({ context, page, signedIn }) => {
    const { provider, url } = await signedIn({ storage: 'tab' });
    const before = provider.log.length;
    await page.reload();
    await expectState(page, { status: 'signed_in', person: 'ada' });
    expect(provider.log.length).toBe(before);
    expect(await press(page, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
    await expectState(await openAnother(context, url), { status: 'signed_out' });
  });

  test('a session bound to a key goes on after a reload', async ({ page, signedIn }) => {
    const { granted } = await signedIn({ storage: 'tab', dpop: '1' }, { dpop: true });
    await page.reload();
    await expectState(page, { status: 'signed_in', person: 'ada' });
    expect(await press(page, 'Refresh')).toMatchObject({ status: 'signed_in' });
    expect(await press(page, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
    expect(granted).toEqual(['refresh_token']);
  });
});

test.describe('on the device', () => {
  test('it is not to be had without a key', async ({ page, host }) => {
    const provider = await host.provider();
    const before = provider.log.length;
    await open(page, address({ app: host.app, provider }, { storage: 'device' }));
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'device_storage_needs_dpop' });
    expect(provider.log.length).toBe(before);
  });

  test('another tab is signed in at once', async ({ context, signedIn }) => {
    const { provider, url } = await signedIn(DEVICE, { dpop: true });
    const before = provider.log.length;
    const other = await openAnother(context, url);
    await expectState(other, { status: 'signed_in', person: 'ada' });
    expect(provider.log.length).toBe(before);
    expect(await press(other, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
  });

  test('two tabs that refresh at the same time make one request', async ({ context, page, signedIn }) => {
    const { granted, url } = await signedIn(DEVICE, { dpop: true });
    const other = await openAnother(context, url);
    await expectState(other, { status: 'signed_in' });
    await refreshInBoth(expect, context, page, other);
    for (const tab of [page, other]) expect(await press(tab, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
    expect(granted).toEqual(['refresh_token']);
  });

  test('signing out in one tab ends it in the other, and nothing stays', async ({ context, page, signedIn }) => {
    const { url } = await signedIn({ ...DEVICE, stay: '1' }, { dpop: true });
    const other = await openAnother(context, url);
    await expectState(other, { status: 'signed_in' });
    expect(await kept(page)).toBe(1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) await expectState(tab, { status: 'signed_out' });
    expect(await kept(page)).toBe(0);
    await expect.poll(() => privateKeys(page)).toEqual([]);
    await other.reload();
    await expectState(other, { status: 'signed_out' });
  });

  test('a grant that the authorizer took back ends it in both', async ({ context, page, signedIn }) => {
    const { provider, url } = await signedIn(DEVICE, { dpop: true });
    const other = await openAnother(context, url);
    await expectState(other, { status: 'signed_in' });
    const ended = new Promise((resolve) => provider.provider.once('grant.error', (_, error) => resolve(error.error)));
    await takeBack(provider);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expectState(page, { status: 'failed', code: 'invalid_grant' });
    expect(await ended).toBe('invalid_grant');
    await expectState(other, { status: 'signed_out' });
    expect(await kept(page)).toBe(0);
  });

  test('the private key cannot be read', async ({ page, signedIn }) => {
    await signedIn(DEVICE, { dpop: true });
    const unreadable = { extractable: false, jwk: 'InvalidAccessError', pkcs8: 'InvalidAccessError', wrapped: '{}' };
    expect(await privateKeys(page)).toEqual([unreadable]);
  });

  test('without its key it is over', async ({ page, signedIn }) => {
    await signedIn(DEVICE, { dpop: true });
    await page.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.open('pkce-login.keys');
      request.onsuccess = () => {
        const transaction = request.result.transaction('keys', 'readwrite');
        transaction.objectStore('keys').clear();
        transaction.oncomplete = resolve;
      };
    }));
    await page.reload();
    await expectState(page, { status: 'signed_out' });
    expect(await kept(page)).toBe(0);
  });
});

test.describe('in memory', () => {
  for (const options of [{}, { dpop: '1' }]) {
    test(`nothing of it is kept anywhere${options.dpop ? ', and no key' : ''}`, async ({ page, signedIn }) => {
      const answers = await tokenAnswers(page);
      await signedIn(options);
      const { json: tokens, sent } = answers.find(({ status }) => status === 200);
      const secrets = [tokens.access_token, tokens.refresh_token, tokens.id_token, new URLSearchParams(sent).get('code_verifier')];
      expect(secrets.every((secret) => secret.length > 20)).toBe(true);
      const found = await everythingKept(page);
      // What is looked at is not nothing.
      expect(found).toContain('pkce-login.');
      expect(secrets.filter((secret) => found.includes(secret))).toEqual([]);
      if (options.dpop) expect(await privateKeys(page)).toEqual([]);
      await page.reload();
      await expectState(page, { status: 'signed_out' });
    });
  }
});

test.describe('waking up', () => {
  for (const [event, target] of [['visibilitychange', 'document'], ['online', 'window']]) {
    test(`a token that is about to end is renewed at ${event}, and no other`, async ({ page, signedIn }) => {
      await page.clock.install();
      const { granted } = await signedIn({});
      const wake = () => page.evaluate(([event, target]) => window[target].dispatchEvent(new Event(event)), [event, target]);
      await wake();
      expect(await press(page, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
      expect(granted).toEqual([]);
      const { changes, lasts_until } = await state(page);
      await page.clock.fastForward(295_000);
      await wake();
      await expect.poll(async () => (await state(page)).changes).toBeGreaterThan(changes);
      expect((await state(page)).lasts_until).toBeGreaterThan(lasts_until + 200);
      expect(granted).toEqual(['refresh_token']);
    });
  }
});

test.describe('where storage is blocked', () => {
  async function block(page, name) {
    await page.addInitScript((name) => {
      Object.defineProperty(window, name, { get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); } });
    }, name);
  }

  test('a login that could not be finished is not begun', async ({ page, host }) => {
    await block(page, 'sessionStorage');
    const provider = await host.provider();
    const before = provider.log.length;
    await open(page, address({ app: host.app, provider }));
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'storage_blocked' });
    expect(provider.log.length).toBe(before);
  });

  test('a session that was to be kept is there until the page goes', async ({ page, signedIn }) => {
    await block(page, 'localStorage');
    await signedIn(DEVICE, { dpop: true });
    expect(await press(page, 'Refresh')).toMatchObject({ status: 'signed_in' });
    await page.reload();
    await expectState(page, { status: 'signed_out' });
  });
});

test.describe('without a word, in a hidden frame', () => {
  const FRAME = { way: 'frame', prompt: 'none' };

  test('who is signed in there is signed in here', async ({ page, host, signedIn }) => {
    const { provider } = await signedIn({}, { silent: true });
    await open(page, address({ app: host.app, provider }, FRAME));
    const before = page.url();
    await pressSignIn(page);
    await expectState(page, { status: 'signed_in', person: 'ada' });
    expect(page.url()).toBe(before);
    await expect(page.locator('iframe')).toHaveCount(0);
  });

  test('who is not, is told so calmly', async ({ page, host }) => {
    const provider = await host.provider({ silent: true });
    await open(page, address({ app: host.app, provider }, FRAME));
    await pressSignIn(page);
    await expectState(page, { status: 'failed', code: 'login_required' });
    await expect(page.getByRole('status')).toContainText('Sign in the normal way.');
    await expect(page.locator('iframe')).toHaveCount(0);
  });

  test('the built-in authorizer does it too', async ({ page, host }) => {
    const provider = { issuer: `${host.app.url}authorizer`, clientId: 'pkce-login-demo' };
    await open(page, address({ app: host.app, provider }));
    await pressSignIn(page);
    await allow(page);
    await expectState(page, { status: 'signed_in' });
    await open(page, address({ app: host.app, provider }, FRAME));
    await pressSignIn(page);
    await expectState(page, { status: 'signed_in' });
  });
});

test.describe('an API', () => {
  test('gets the token, once more with a new one where it refused, and not a third time', async ({ page, signedIn, api }) => {
    const { granted } = await signedIn({ api: api.url });
    expect(await press(page, 'Call the API')).toMatchObject({ status: 'signed_in', note: 'the API answered 200' });
    expect(granted).toEqual([]);
    api.refuse(1, 'Bearer error="invalid_token"');
    await page.getByRole('button', { name: 'Call the API' }).click();
    await expect.poll(() => api.got.length).toBe(3);
    await expectState(page, { status: 'signed_in', note: 'the API answered 200' });
    expect(granted).toEqual(['refresh_token']);
    const [first, second, third] = api.got.map(({ authorization }) => authorization);
    expect(first).toMatch(/^Bearer ./);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    api.refuse(2, 'Bearer error="invalid_token"');
    await page.getByRole('button', { name: 'Call the API' }).click();
    await expectState(page, { status: 'failed', code: 'invalid_token' });
    expect(granted).toEqual(['refresh_token', 'refresh_token']);
    expect(api.got.length).toBe(5);
  });

  test('of another origin gets nothing', async ({ page, signedIn, api }) => {
    const other = await startApi();
    try {
      await signedIn({ api: api.url, call: other.url });
      expect(await press(page, 'Call the API')).toMatchObject({ status: 'failed', code: 'api_origin_not_allowed' });
      expect(other.got).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test('that wants a nonce gets a proof with it, for the token in it', async ({ page, signedIn, api }) => {
    await signedIn({ api: api.url, dpop: '1' }, { dpop: true });
    api.refuse(1, 'DPoP error="use_dpop_nonce"', { 'dpop-nonce': 'of-the-api' });
    expect(await press(page, 'Call the API')).toMatchObject({ status: 'signed_in', note: 'the API answered 200' });
    const proofs = api.got.map(({ dpop }) => JSON.parse(Buffer.from(dpop.split('.')[1], 'base64url')));
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'of-the-api']);
    expect(proofs[1]).toMatchObject({ htm: 'GET', htu: api.url });
    expect(api.got[1].authorization).toMatch(/^DPoP ./);
  });
});

leftTabs(test, expect);

movedApis(test, expect);

// An API on an origin of its own, which keeps the headers of what it got.
async function startApi() {
  const got = [];
  const refusals = [];
  const server = await listen((request, response) => {
    const allow = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, dpop', 'access-control-expose-headers': 'www-authenticate, dpop-nonce' };
    if (request.method === 'OPTIONS') return response.writeHead(204, allow).end();
    got.push(request.headers);
    const refusal = refusals.shift();
    response.writeHead(refusal ? 401 : 200, { ...allow, ...refusal, 'content-type': 'application/json' });
    response.end('{}');
  });
  return {
    url: `http://api.localhost:${server.port}/things`,
    got,
    refuse: (times, challenge, headers) => refusals.push(...Array(times).fill({ 'www-authenticate': challenge, ...headers })),
    close: server.close,
  };
}

// Takes back every grant that this provider gave.
async function takeBack({ provider, grants }) {
  for (const grantId of grants) {
    await provider.RefreshToken.revokeByGrantId(grantId);
    await provider.AccessToken.revokeByGrantId(grantId);
  }
}
