// Every way to sign in, at the built-in authorizer and at a certified provider.

import { expect, test as base } from '../fixtures.mjs';
import { allow, tokenAnswers } from '../flow.mjs';
import { withHost } from '../host.mjs';
import { Observed, address, expectState, open, press, pressSignIn } from '../ways.mjs';

// What an authorizer is asked to demand, and how to make it do so.
const AUTHORIZERS = {
  'the built-in authorizer': {
    person: 'Ada Demo',
    start: ({ app }, { dpop, par }) => {
      const names = [dpop && 'dpop-nonce-required', par && 'par-required'].filter(Boolean).join('+');
      return { issuer: `${app.url}authorizer${names && `/~${names}`}`, clientId: 'pkce-login-demo' };
    },
    confirmSignOut: async () => {},
  },
  'a certified provider': {
    // It puts the name into UserInfo alone.
    person: 'ada',
    start: (host, demands) => host.provider(demands),
    confirmSignOut: (page) => page.getByRole('button', { name: 'Sign out' }).click(),
  },
};

const test = withHost(base);

for (const [name, authorizer] of Object.entries(AUTHORIZERS)) {
  test.describe(name, () => {
    const { person } = authorizer;

    // Opens the page with these options, for an authorizer with these demands.
    async function arrive({ page, host }, options, demands = {}) {
      const provider = await authorizer.start(host, demands);
      await open(page, address({ app: host.app, provider }, { scope: 'openid profile', ...options }));
      return provider;
    }

    async function signIn(page) {
      await pressSignIn(page);
      await allow(page);
      await expectState(page, { status: 'signed_in', person });
    }

    const ways = {
      query: {},
      fragment: { response_mode: 'fragment' },
      'query, caught by the worker': { catch: '1' },
      'form_post, caught by the worker': { catch: '1', response_mode: 'form_post' },
    };
    for (const [way, options] of Object.entries(ways)) {
      test(`${way}: signed in, refreshed, and UserInfo answers`, async ({ page, host }) => {
        await arrive({ page, host }, options);
        const granted = grantedTo(page);
        await signIn(page);
        await refreshAndAsk(page, granted);
      });
    }

    test('popup: the page stays, and is signed in', async ({ page, host }) => {
      await arrive({ page, host }, { way: 'popup' });
      const granted = grantedTo(page);
      const before = page.url();
      const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
      await allow(popup);
      await expectState(page, { status: 'signed_in', person });
      expect(page.url()).toBe(before);
      await refreshAndAsk(page, granted);
    });

    test('popup, caught by the worker', async ({ page, host }) => {
      await arrive({ page, host }, { way: 'popup', catch: '1', response_mode: 'form_post' });
      const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
      await allow(popup);
      await expectState(page, { status: 'signed_in', person });
    });

    test('DPoP with nonces: the tokens are worth nothing without the key', async ({ page, host }) => {
      await arrive({ page, host }, { dpop: '1' }, { dpop: true });
      const granted = grantedTo(page);
      const answers = await tokenAnswers(page);
      await signIn(page);
      expect(answers).toMatchObject([
        { status: 400, json: { error: 'use_dpop_nonce' } },
        { status: 200, json: { token_type: 'DPoP' } },
      ]);
      const called = page.waitForResponse((response) => isAt(response, /\/(me|userinfo)$/) && response.ok());
      await refreshAndAsk(page, granted);
      const { authorization, dpop } = (await called).request().headers();
      const [scheme, token] = authorization.split(' ');
      expect(scheme).toBe('DPoP');
      expect(dpop).toBeTruthy();
      const replayed = await page.evaluate(async ([url, headers]) => (await fetch(url, { headers })).status, [
        (await called).url(),
        { authorization: `Bearer ${token}` },
      ]);
      expect(replayed).toBe(401);
    });

    test('DPoP with nonces, the code caught by the worker', async ({ page, host }) => {
      await arrive({ page, host }, { dpop: '1', catch: '1', response_mode: 'form_post' }, { dpop: true });
      const granted = grantedTo(page);
      await signIn(page);
      await refreshAndAsk(page, granted);
    });

    test('PAR: the address that the browser goes to says only whose request it is', async ({ page, host }) => {
      // Demanded there, so that it is done without being asked for.
      const { issuer } = await arrive({ page, host }, {}, { par: true });
      const asked = [];
      page.on('request', (request) => {
        if (request.isNavigationRequest() && request.url().startsWith(issuer)) asked.push(new URL(request.url()));
      });
      await signIn(page);
      const [first, ...others] = asked.filter(({ searchParams }) => searchParams.has('client_id'));
      expect([...first.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
      expect(others).toEqual([]);
      expect(asked.filter(({ searchParams }) => searchParams.has('code_challenge'))).toEqual([]);
    });

    test('PAR and DPoP together', async ({ page, host }) => {
      await arrive({ page, host }, { dpop: '1', push: '1' }, { dpop: true });
      const granted = grantedTo(page);
      await signIn(page);
      await refreshAndAsk(page, granted);
    });

    for (const mode of ['query.jwt', 'fragment.jwt']) {
      test(`JARM, ${mode}: the answer is signed, and nothing of it stands beside the signature`, async ({ page, host }) => {
        await arrive({ page, host }, { response_mode: mode }, { jarm: true });
        const granted = grantedTo(page);
        const answered = page.waitForRequest((request) => request.isNavigationRequest() && isAt(request, /\/callback\.html$/));
        await signIn(page);
        // Playwright leaves the fragment out.
        const { searchParams } = new URL((await answered).url());
        expect([...searchParams.keys()]).toEqual(mode === 'query.jwt' ? ['response'] : []);
        await refreshAndAsk(page, granted);
      });
    }

    test('JARM, form_post.jwt', async ({ page, host }) => {
      await arrive({ page, host }, { catch: '1', response_mode: 'form_post.jwt' }, { jarm: true });
      const granted = grantedTo(page);
      await signIn(page);
      await refreshAndAsk(page, granted);
    });

    test('sign out: there too, and the state of the way back is checked', async ({ page, host }) => {
      await arrive({ page, host }, {});
      await signIn(page);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL((url) => !url.searchParams.has('issuer'));
      await authorizer.confirmSignOut(page);
      await page.waitForURL((url) => url.href.startsWith(`${host.app.url}?state=`));
      await expectState(page, { status: 'signed_out', note: "came back from the authorizer's sign-out" });
      // The same address a second time says nothing.
      await page.reload();
      await expectState(page, { status: 'signed_out' });
      await expect(page.locator('#state')).not.toContainText('came back');
    });
  });
}

test('a resource that was asked for is whom the access token is for', async ({ page, host }) => {
  const resource = 'https://api.example/';
  const provider = await host.provider({ resource });
  const issued = [];
  provider.provider.on('access_token.saved', ({ aud }) => issued.push(aud));
  await open(page, address({ app: host.app, provider }, { resource, scope: 'openid read' }));
  await pressSignIn(page);
  await allow(page);
  await expectState(page, { status: 'signed_in', person: 'ada' });
  expect(await press(page, 'Refresh')).toMatchObject({ status: 'signed_in' });
  expect(issued).toEqual([resource, resource]);
});

test('a code of the built-in authorizer that the worker caught passes through no page of the app', async ({ host }) => {
  const observed = await Observed.start();
  try {
    const page = await observed.context.newPage();
    const provider = AUTHORIZERS['the built-in authorizer'].start(host, {});
    await open(page, address({ app: host.app, provider }, { catch: '1', response_mode: 'form_post' }));
    const posted = page.waitForRequest((request) => request.method() === 'POST' && isAt(request, /\/callback\.html$/));
    await pressSignIn(page);
    await allow(page);
    await expectState(page, { status: 'signed_in' });
    const code = new URLSearchParams((await posted).postData()).get('code');
    expect(code.length).toBeGreaterThan(20);
    // The token request is carried with the worker's mark in place of the code.
    const told = observed.read.filter(({ where }) => where.endsWith('storage')).map(({ text }) => text);
    expect(told.join()).toContain('caught~');
    expect(observed.read.filter(({ text }) => text.includes(code))).toEqual([]);
    expect([...host.app.log, ...host.app.bodies].filter((line) => line.includes(code))).toEqual([]);
  } finally {
    await observed.close();
    await observed.remove();
  }
});

// Every grant of tokens that a page of this browser gets to see.
function grantedTo(page) {
  const granted = [];
  page.context().on('response', (response) => {
    if (isAt(response, /\/token$/) && response.ok() && response.request().method() === 'POST') granted.push(response);
  });
  return granted;
}

async function refreshAndAsk(page, granted) {
  const before = granted.length;
  expect(await press(page, 'Refresh')).toMatchObject({ status: 'signed_in' });
  await expect.poll(() => granted.length).toBe(before + 1);
  expect(await press(page, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
}

function isAt(requestOrResponse, path) {
  return path.test(new URL(requestOrResponse.url()).pathname);
}
