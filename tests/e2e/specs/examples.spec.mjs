// The example apps as they are copied, at a real provider: what somebody who uses one sees, and what never happens.

import path from 'node:path';

import AxeBuilder from '@axe-core/playwright';

import { launchOptions } from '../browser.mjs';
import { expect, test as base } from '../fixtures.mjs';
import { holdBack } from '../hold.mjs';
import { listen } from '../servers/listen.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { allowThere } from '../ways.mjs';

// What stands in the sources. An app that is copied has its addresses as constants; here its files are served with those of
// this test's servers in their place, which have to be as long, because one file is a compiled module.
const ISSUER = 'http://as.localhost:9010';
const API = 'http://api.localhost:9020';

// As browsers are, and Playwright's is not: a page that was left is kept as it was, for Back.
base.use({ launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

const test = base.extend({
  // Serves an app with a provider and an API of its own.
  serve: async ({}, use) => {
    const servers = [];
    await use(async (name, demands = {}) => {
      const there = await serve(name, demands);
      servers.push(there.app, there.provider, there.api);
      return there;
    });
    await Promise.all(servers.map((server) => server.close()));
  },
});

async function serve(name, demands) {
  const places = [];
  const app = await staticHost.start({
    root: path.join(staticHost.EXAMPLES, name),
    fallback: name === 'protected-route' ? 'index.html' : undefined,
    rewrite: (octets) => places.reduce(replaced, octets),
  });
  const provider = await oidcProvider.start({ app: app.url, host: 'a.localhost', ...demands });
  const granted = [];
  provider.provider.on('grant.success', (ctx) => granted.push(ctx.oidc.params.grant_type));
  const api = await startApi(provider);
  places.push([ISSUER, provider.origin], [API, api.origin]);
  return { app, provider, api, granted, url: app.url };
}

function replaced(octets, [from, to]) {
  if (from.length !== to.length) throw new Error(`${to} is not as long as ${from}`);
  return Buffer.from(octets.toString('latin1').replaceAll(from, to), 'latin1');
}

// An API that asks the provider about each token, as one does that cannot read them.
async function startApi({ provider }) {
  const api = { got: [], refused: [], neededScope: undefined };
  const allow = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization', 'access-control-expose-headers': 'www-authenticate' };
  const server = await listen(async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, allow).end();
    const { authorization } = request.headers;
    api.got.push(authorization);
    const token = await provider.AccessToken.find(authorization?.replace(/^Bearer /, '') ?? '');
    const answer = (status, challenge, body) => {
      if (challenge) api.refused.push(challenge);
      response.writeHead(status, { ...allow, ...(challenge && { 'www-authenticate': challenge }), 'content-type': 'text/plain' });
      response.end(body);
    };
    if (!token || token.isExpired) return answer(401, 'Bearer error="invalid_token"', '');
    const isEnough = !api.neededScope || token.scope.split(' ').includes(api.neededScope);
    if (!isEnough) return answer(403, `Bearer error="insufficient_scope", scope="${api.neededScope}"`, '');
    return answer(200, undefined, `Hello ${token.accountId}`);
  });
  return Object.assign(api, { origin: `http://ap.localhost:${server.port}`, close: server.close });
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

async function signIn(page) {
  await button(page, 'Sign in').click();
  await allowThere(page);
  await expectSignedIn(page);
}

async function expectSignedIn(page) {
  await expect(button(page, 'Sign out')).toBeVisible();
}

// Every text that the page shows, from its first moment on, at each address.
async function watchTexts(page) {
  const seen = [];
  await page.exposeBinding('shows', ({ frame }, text) => seen.push(`${new URL(frame.url()).pathname} ${text}`));
  await page.addInitScript(() => {
    const tell = () => {
      const shown = [...(document.body?.querySelectorAll('h1, button, [role=status]') ?? [])];
      window.shows(`${location.pathname} ${shown.filter((element) => element.checkVisibility()).map((element) => element.innerText).join(' | ')}`);
    };
    new MutationObserver(tell).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  });
  return seen;
}

// What the pages of a context sent an access token to.
function watchTokens(context) {
  const sent = [];
  context.on('request', async (request) => {
    const { authorization } = request.headers();
    if (authorization) sent.push(new URL(request.url()).origin);
  });
  return sent;
}

test.describe('minimal', () => {
  test('signs a person in and out', async ({ page, serve }) => {
    const { url } = await serve('minimal');
    await page.goto(url);
    await signIn(page);
    await expect(page.locator('body')).toContainText('ada');
    expect(page.url()).toBe(url);
    await button(page, 'Sign out').click();
    await expect(button(page, 'Sign in')).toBeVisible();
    await expect(button(page, 'Sign out')).toHaveCount(0);
  });

  test('two presses make one login', async ({ page, serve }) => {
    const { url, provider, granted } = await serve('minimal');
    const go = await holdBack(page, '**/.well-known/openid-configuration');
    const states = new Set();
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (asked.origin === provider.origin && asked.pathname === '/auth') states.add(asked.searchParams.get('state'));
    });
    await page.goto(url);
    // As a double click is, whatever becomes of the button in between.
    await page.getByRole('button', { name: 'Sign in' }).evaluate((pressed) => {
      pressed.click();
      pressed.click();
    });
    go();
    await allowThere(page);
    await expectSignedIn(page);
    expect(states.size).toBe(1);
    expect(granted).toEqual(['authorization_code']);
    const pending = await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('pending')));
    expect(pending).toEqual([]);
  });

  test('Back from the authorizer leaves a button that works', async ({ page, serve }) => {
    const { url, provider } = await serve('minimal');
    await page.addInitScript(() => addEventListener('pageshow', (event) => (window.restored = event.persisted)));
    await page.goto(url);
    await button(page, 'Sign in').click();
    await page.waitForURL((there) => there.origin === provider.origin);
    // A page that is restored is not loaded again.
    await page.goBack({ waitUntil: 'commit' });
    await expect.poll(() => page.evaluate(() => window.restored)).toBe(true);
    await signIn(page);
  });

  test('No at the authorizer is said, and the next press works', async ({ page, serve }) => {
    const { url } = await serve('minimal');
    await page.goto(url);
    await button(page, 'Sign in').click();
    await button(page, 'Deny').click();
    await page.waitForURL(url);
    await expect(page.locator('body')).toContainText('Access was denied. Nothing was shared.');
    await page.getByRole('button').click();
    await allowThere(page);
    await expectSignedIn(page);
  });

  test('nobody who comes back is shown a button to sign in first', async ({ page, serve }) => {
    const { url } = await serve('minimal');
    await page.goto(url);
    const seen = await watchTexts(page);
    await signIn(page);
    // Before the trip there was one.
    const left = seen.findLastIndex((line) => line.startsWith('/interaction'));
    const back = seen.slice(left + 1).filter((line) => line.startsWith('/ '));
    expect(back.some((line) => line.includes('Sign out'))).toBe(true);
    expect(back.filter((line) => line.includes('Sign in'))).toEqual([]);
  });
});

test.describe('protected route', () => {
  for (const place of ['/orders/7', '/orders/7?sort=up&b=%26#part']) {
    test(`whoever opens ${place} signs in and is back there`, async ({ page, serve }) => {
      const { url } = await serve('protected-route');
      await page.goto(new URL(place, url).href);
      await expect(page.getByRole('heading', { name: 'Sign in to go on' })).toBeVisible();
      expect(new URL(page.url()).pathname).toBe('/sign-in');
      await signIn(page);
      await expect(page.getByRole('heading', { name: 'Order 7' })).toBeVisible();
      expect(page.url()).toBe(new URL(place, url).href);
    });

    test(`whoever follows a link to ${place} signs in and is there`, async ({ page, serve }) => {
      const { url } = await serve('protected-route');
      await page.goto(url);
      await expect(page.getByRole('heading', { name: 'Start' })).toBeVisible();
      // The app's own link, with what the test adds to it.
      const link = page.getByRole('link', { name: 'Order 7' });
      await link.evaluate((element, href) => (element.href = href), place);
      await link.click();
      await expect(page.getByRole('heading', { name: 'Sign in to go on' })).toBeVisible();
      expect(new URL(page.url()).pathname).toBe('/sign-in');
      await signIn(page);
      await expect(page.getByRole('heading', { name: 'Order 7' })).toBeVisible();
      expect(page.url()).toBe(new URL(place, url).href);
    });
  }

  test('a reload stays where it is, and nobody sees the sign-in page meanwhile', async ({ page, serve }) => {
    const { url, provider } = await serve('protected-route');
    await page.goto(`${url}orders/7`);
    await signIn(page);
    const before = provider.log.length;
    const seen = await watchTexts(page);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Order 7' })).toBeVisible();
    await expectSignedIn(page);
    expect(page.url()).toBe(`${url}orders/7`);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((line) => line.includes('Sign in') || line.includes('/sign-in'))).toEqual([]);
    expect(provider.log.length).toBe(before);
  });

  test('nobody who comes back sees the sign-in page first', async ({ page, serve }) => {
    const { url } = await serve('protected-route');
    await page.goto(`${url}orders/7`);
    await expect(page.getByRole('heading', { name: 'Sign in to go on' })).toBeVisible();
    await button(page, 'Sign in').click();
    await button(page, 'Sign in as Ada Demo').click();
    await button(page, 'Allow').waitFor();
    const seen = await watchTexts(page);
    await button(page, 'Allow').click();
    await expect(page.getByRole('heading', { name: 'Order 7' })).toBeVisible();
    expect(seen.some((line) => line.includes('Order 7'))).toBe(true);
    expect(seen.filter((line) => line.includes('Sign in to') || line.includes('/sign-in'))).toEqual([]);
  });

  test('signing out in another tab ends it here, without a reload', async ({ context, page, serve }) => {
    const { url } = await serve('protected-route');
    await page.goto(`${url}orders/7`);
    await signIn(page);
    // A tab that was opened from this one has its session too.
    const [other] = await Promise.all([context.waitForEvent('page'), page.evaluate(() => void window.open('/orders/7'))]);
    await expectSignedIn(other);
    await page.evaluate(() => (window.isSame = true));
    await button(other, 'Sign out').click();
    await expect(page.getByRole('heading', { name: 'Sign in to go on' })).toBeVisible();
    await expect(button(page, 'Sign out')).toHaveCount(0);
    expect(await page.evaluate(() => window.isSame)).toBe(true);
  });
});

test.describe('API call', () => {
  async function call(page) {
    await button(page, 'Call the API').click();
  }

  test('is answered for the person, and the token goes to the API alone', async ({ context, page, serve }) => {
    const { url, api } = await serve('api-call');
    const other = await listen((request, response) => {
      other.got.push(request.method);
      response.writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end();
    });
    other.got = [];
    try {
      const sent = watchTokens(context);
      await page.goto(url);
      await signIn(page);
      await call(page);
      await expect(page.getByText('200 Hello ada')).toBeVisible();
      for (const foreign of [`http://ap.localhost:${other.port}/things`, `${api.origin}.elsewhere.localhost:${other.port}/`, `${api.origin}@localhost:${other.port}/`]) {
        await page.getByLabel('Address').fill(foreign);
        await call(page);
        await expect(page.getByText('The app called an API that it does not know.')).toBeVisible();
        await page.getByLabel('Address').fill(`${api.origin}/things`);
        await call(page);
        await expect(page.getByText('200 Hello ada')).toBeVisible();
      }
      expect(other.got).toEqual([]);
      expect([...new Set(sent)]).toEqual([api.origin]);
    } finally {
      await other.close();
    }
  });

  test('renews a token that has ended before it is used, and nothing is rendered again', async ({ page, serve }) => {
    const { url, api, provider, granted } = await serve('api-call', { accessTokenSeconds: 12 });
    await page.goto(url);
    await signIn(page);
    await call(page);
    await expect(page.getByText('200 Hello ada')).toBeVisible();
    const first = api.got[0].replace('Bearer ', '');
    const address = page.getByLabel('Address');
    await address.fill(`${api.origin}/others`);
    await address.evaluate((element) => (element.isSame = true));
    await expect.poll(async () => (await provider.provider.AccessToken.find(first))?.isExpired ?? true).toBe(true);
    const before = api.got.length;
    const renewals = granted.length;
    // From the keyboard's point of view the person is still in the field.
    await button(page, 'Call the API').evaluate((pressed) => pressed.click());
    await expect.poll(() => api.got.length).toBe(before + 1);
    await expect(page.getByText('200 Hello ada')).toBeVisible();
    expect(api.refused).toEqual([]);
    expect(granted.slice(renewals)).toEqual(['refresh_token']);
    await expect(address).toBeFocused();
    await expect(address).toHaveValue(`${api.origin}/others`);
    expect(await address.evaluate((element) => element.isSame)).toBe(true);
  });

  test('renews a token that the API does not take any more, once', async ({ page, serve }) => {
    const { url, api, provider, granted } = await serve('api-call');
    await page.goto(url);
    await signIn(page);
    await call(page);
    await expect(page.getByText('200 Hello ada')).toBeVisible();
    await (await provider.provider.AccessToken.find(api.got[0].replace('Bearer ', ''))).destroy();
    await call(page);
    await expect.poll(() => api.got.length).toBe(3);
    await expect(page.getByText('200 Hello ada')).toBeVisible();
    expect(granted).toEqual(['authorization_code', 'refresh_token']);
  });

  test('asks again for the scope that the API wants, and the call works then', async ({ page, serve }) => {
    const { url, api } = await serve('api-call');
    api.neededScope = 'email';
    await page.goto(url);
    await signIn(page);
    await call(page);
    await expect(page.getByText('The API wants a permission that was not given.')).toBeVisible();
    await expectSignedIn(page);
    await button(page, 'Sign in for it').click();
    await expect(page.getByRole('listitem').filter({ hasText: 'email' })).toBeVisible();
    await button(page, 'Allow').click();
    await expectSignedIn(page);
    await call(page);
    await expect(page.getByText('200 Hello ada')).toBeVisible();
    expect(api.refused.length).toBe(1);
  });
});

test.describe('everybody can use', () => {
  const STATES = {
    'minimal, signed out': async (page, serve) => page.goto((await serve('minimal')).url),
    'minimal, signed in': async (page, serve) => {
      await page.goto((await serve('minimal')).url);
      await signIn(page);
    },
    'the sign-in page of the protected route': async (page, serve) => page.goto(`${(await serve('protected-route')).url}orders/7`),
    'the protected route': async (page, serve) => {
      await page.goto(`${(await serve('protected-route')).url}orders/7`);
      await signIn(page);
    },
    'the API call': async (page, serve) => {
      const { url, api } = await serve('api-call');
      api.neededScope = 'email';
      await page.goto(url);
      await signIn(page);
      await button(page, 'Call the API').click();
      await button(page, 'Sign in for it').waitFor();
    },
  };

  for (const [name, reach] of Object.entries(STATES)) {
    test(name, async ({ page, serve }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await reach(page, serve);
      await expect(page.getByRole('button').first()).toBeVisible();
      for (const media of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { colorScheme: 'dark', forcedColors: 'active' }]) {
        await page.emulateMedia(media);
        const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']);
        const { violations } = await axe.analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
        expect(found, JSON.stringify(media)).toEqual([]);
      }
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    });
  }
});
