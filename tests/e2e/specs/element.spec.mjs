// The element on somebody's page: what it shows, what it tells, and what it leaves alone.

import AxeBuilder from '@axe-core/playwright';
import { chromium } from '@playwright/test';

import { launchOptions } from '../browser.mjs';
import { drawn, expect, place, statesOf, test, told } from '../element.mjs';
import { allow } from '../flow.mjs';
import { holdBack } from '../hold.mjs';

const STATES = ['idle', 'redirecting', 'exchanging', 'signed-in', 'error', 'denied'];
const BUTTON_STATES = STATES.filter((state) => state !== 'signed-in');
const WORDS = {
  idle: 'Sign in',
  redirecting: 'Opening the sign-in page…',
  exchanging: 'Finishing sign-in…',
  error: 'Try again',
  denied: 'Sign in',
};

const blockModule = (page) => page.route('**/element.wasm', (route) => route.abort());

async function open(page, site, attributes, options) {
  await page.goto(site.url);
  await place(page, attributes, options);
  return drawn(page);
}

test('the button has the same size in every state, in the shell too', async ({ page, site }) => {
  await page.goto(site.url);
  const sizes = {};
  const measure = async (name) => {
    const { x, y, width, height } = await page.locator('#it').getByRole('button').boundingBox();
    sizes[name] = [x, y, width, height];
  };
  const go = await holdBack(page, '**/element.wasm');
  await place(page, { preview: 'idle' });
  await expect(page.locator('#it slot[name=fallback]')).toHaveCount(1);
  for (const state of BUTTON_STATES) {
    await page.locator('#it').evaluate((element, state) => (element.preview = state), state);
    await expect(page.locator('#it').getByRole('button', { name: WORDS[state] })).toBeVisible();
    await measure(`shell ${state}`);
  }
  go();
  await drawn(page);
  for (const state of BUTTON_STATES) {
    await page.locator('#it').evaluate((element, state) => (element.preview = state), state);
    await expect(page.locator('#it').getByRole('button', { name: WORDS[state] })).toBeVisible();
    await measure(state);
  }
  const first = sizes['shell idle'];
  for (const [name, size] of Object.entries(sizes)) expect(size, name).toEqual(first);
  expect(first[3]).toBeGreaterThanOrEqual(44);
});

test('the shell and the module draw the same', async ({ page, site }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(site.url);
  const go = await holdBack(page, '**/element.wasm');
  const it = await place(page, { preview: 'idle' });
  // Place, size and look of everything that the button is made of.
  const drawing = (state) => it.evaluate(async (element, state) => {
    element.preview = state;
    // The module draws a little later, before the next frame.
    await new Promise(requestAnimationFrame);
    const nodes = [...element.shadowRoot.querySelectorAll('.pkce-button[part=button], .pkce-button[part=button] *')];
    return nodes.map((node) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      const { color, background, border, borderRadius, cursor, display, font, letterSpacing, padding, visibility } = getComputedStyle(node);
      const look = { color, background, border, borderRadius, cursor, display, font, letterSpacing, padding, visibility };
      return { name: node.className, lang: node.lang, x, y, width, height, ...look };
    });
  }, state);
  const shell = [await drawing('idle'), await drawing('redirecting')];
  go();
  await drawn(page);
  expect([await drawing('idle'), await drawing('redirecting')]).toEqual(shell);
});

test('each state is announced, and only failures interrupt', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'idle' });
  const show = (state) => it.evaluate((element, state) => (element.preview = state), state);
  const status = it.getByRole('status');
  const alert = it.getByRole('alert');
  await expect(status).toHaveText('');
  await show('redirecting');
  await expect(status).toHaveText('Opening the sign-in page…');
  await expect(it.getByRole('button')).toHaveAttribute('aria-disabled', 'true');
  await expect(it.getByRole('button')).toBeEnabled({ enabled: false });
  await show('exchanging');
  await expect(status).toHaveText('Finishing sign-in…');
  await show('signed-in');
  await expect(status).toHaveText('Signed in as Ada Demo');
  await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' }).getByRole('button', { name: 'Sign out' })).toBeVisible();
  await show('denied');
  await expect(status).toHaveText('You cancelled. Nothing was shared.');
  await expect(alert).toHaveText('');
  await show('error');
  await expect(alert).toHaveText('No answer came. Check your connection and try again.');
  await expect(status).toHaveText('');
});

test('a preview says its state and does nothing', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'idle' });
  for (const state of STATES) {
    await it.evaluate((element, state) => (element.preview = state), state);
    await it.getByRole('button').click({ force: true });
    expect(await statesOf(it), state).toEqual([state === 'denied' ? 'idle' : state]);
  }
  expect(await told(page)).toEqual([]);
  expect(page.url()).toBe(site.url);
});

test('a busy button keeps the focus, and takes no press', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'idle' });
  await it.evaluate((element) => element.focus());
  await it.evaluate((element) => (element.preview = 'redirecting'));
  await expect(it.getByRole('button', { name: 'Opening' })).toBeFocused();
});

test('focus that was on the shell is on the button of the module', async ({ page, site }) => {
  await page.goto(site.url);
  const go = await holdBack(page, '**/element.wasm');
  await place(page, { preview: 'idle' });
  await page.keyboard.press('Tab');
  await expect(page.locator('#it').getByRole('button')).toBeFocused();
  go();
  await drawn(page);
  await expect(page.locator('#it').getByRole('button')).toBeFocused();
});

test('the focus goes from the button to the person, and back', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'exchanging' });
  await it.getByRole('button').focus();
  await it.evaluate((element) => (element.preview = 'signed-in'));
  await expect(it.getByRole('group')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(it.getByRole('button', { name: 'Sign out' })).toBeFocused();
  await it.evaluate((element) => (element.preview = 'idle'));
  await expect(it.getByRole('button', { name: 'Sign in' })).toBeFocused();
});

test('styles of the page stay outside, and those of the element inside', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'idle' });
  const look = () => it.getByRole('button').evaluate((button) => {
    const { color, letterSpacing, textTransform, fontSize, fontStyle, lineHeight, whiteSpace } = getComputedStyle(button);
    return { color, letterSpacing, textTransform, fontSize, fontStyle, lineHeight, whiteSpace };
  });
  const before = await look();
  expect(before).toMatchObject({ color: 'rgb(255, 255, 255)', letterSpacing: 'normal', textTransform: 'none', fontSize: '16px' });
  await it.evaluate((element) => (element.className = 'loud'));
  expect(await look()).toEqual(before);
  await it.evaluate((element) => element.style.setProperty('--pkce-accent', 'rgb(1, 2, 3)'));
  await expect(it.getByRole('button')).toHaveCSS('background-color', 'rgb(1, 2, 3)');
  expect(await page.evaluate(() => document.styleSheets.length + document.adoptedStyleSheets.length)).toBe(1);
});

test('the page can dress every part', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'signed-in' });
  const parts = await it.evaluate((element) => [...new Set([...element.shadowRoot.querySelectorAll('[part]')].map((node) => node.part.value))].sort());
  expect(parts).toEqual(['avatar', 'base', 'button', 'error', 'name', 'sign-out-button', 'spinner', 'user']);
});

test('slots: a label, an icon, a view of the page for who is signed in, more help', async ({ page, site }) => {
  const children = [['', 'Come in'], ['icon', '*'], ['signed-in', 'Welcome back'], ['error', 'Call us']];
  const it = await open(page, site, { preview: 'idle' }, { children });
  await expect(it.getByText('Come in')).toBeVisible();
  await expect(it.getByText('*', { exact: true })).toBeVisible();
  await expect(it.getByText('Welcome back')).toBeHidden();
  await expect(it.getByText('Call us')).toBeHidden();
  await it.evaluate((element) => (element.preview = 'signed-in'));
  await expect(it.getByText('Welcome back')).toBeVisible();
  await expect(it.getByRole('button', { name: 'Sign out' })).toBeHidden();
  await it.evaluate((element) => (element.preview = 'error'));
  await expect(it.getByText('Call us')).toBeVisible();
});

test('a fallback stands there until the module does, and stays where that is blocked', async ({ page, site }) => {
  const go = await holdBack(page, '**/element.wasm', 'abort');
  await page.goto(`${site.url}fallback.html`);
  const link = page.getByRole('link', { name: 'Sign in on the server' });
  await expect(link).toBeVisible();
  await expect(page.locator('#it').getByRole('button')).toBeHidden();
  go();
  await expect.poll(async () => (await told(page)).map(({ type, detail }) => [type, detail.step, detail.code])).toEqual([['error', 'load', 'module_not_loaded']]);
  await expect(link).toBeVisible();
  await page.unroute('**/element.wasm');
  await link.hover();
  await page.reload();
  await drawn(page);
  await expect(link).toBeHidden();
  await expect(page.locator('#it').getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('without the module the button says so, and a press tries again', async ({ page, site }) => {
  const lines = [];
  page.on('console', (message) => lines.push(message.text()));
  await blockModule(page);
  await page.goto(site.url);
  const it = await place(page, { preview: 'idle' });
  await expect.poll(async () => (await told(page)).filter(({ type }) => type === 'error').length).toBe(1);
  await it.evaluate((element) => (element.preview = ''));
  await expect(it.getByRole('alert')).toHaveText('Sign-in could not be loaded. Check your connection and try again.');
  expect(lines.join()).toContain('(module_not_loaded)');
  await page.unroute('**/element.wasm');
  await it.evaluate((element) => (element.preview = 'idle'));
  await it.evaluate((element) => (element.preview = ''));
  await drawn(page);
});

test('a module that was changed on its way is not run', async ({ page, site }) => {
  await page.route('**/element.wasm', async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    await route.fulfill({ response: answer, body: Buffer.concat([body, Buffer.from([0, 2, 1, 65])]) });
  });
  await page.goto(site.url);
  await place(page, { preview: 'idle' });
  await expect.poll(async () => (await told(page)).map(({ detail }) => detail.code)).toEqual(['module_not_loaded']);
});

test('fault 20: moving keeps the views; removing and putting back shows the same again', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'signed-in' });
  const isSame = await it.evaluate(async (element) => {
    const before = element.shadowRoot.querySelector('[part=user]');
    document.body.prepend(element);
    await new Promise((resolve) => setTimeout(resolve));
    return before === element.shadowRoot.querySelector('[part=user]');
  });
  expect(isSame).toBe(true);
  const count = await it.evaluate(async (element) => {
    element.remove();
    await new Promise((resolve) => setTimeout(resolve));
    const after = element.shadowRoot.querySelectorAll('*').length;
    document.querySelector('main').append(element);
    return after;
  });
  expect(count).toBe(0);
  await drawn(page);
  await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
});

test('fault 20: the script may be loaded twice, and after the element was used', async ({ page, site }) => {
  await page.goto(`${site.url}before.html`);
  await page.evaluate(async () => {
    const it = document.querySelector('#it');
    // Before there is a class: properties of their own, which it must take over.
    it.label = 'Come in';
    it.preview = 'idle';
    await import('/element.js');
    await import('/element.js?again');
  });
  const it = await drawn(page);
  await expect(it.getByRole('button', { name: 'Come in' })).toBeVisible();
  expect(await it.evaluate((element) => [element.getAttribute('label'), Object.hasOwn(element, 'label')])).toEqual(['Come in', false]);
});

test('the file is harmless on a server', async ({ site }) => {
  const source = await (await fetch(`${site.url}element.js`)).text();
  const module = await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`);
  expect(typeof module.PkceLoginElement).toBe('function');
});

test('attributes are properties, and unknown values are the default', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'idle', variant: 'fancy', 'client-id': 'my-app', 'api-origins': 'https://api.example' });
  expect(await it.evaluate(({ variant, size, clientId, apiOrigins, mode, dpop, redirectUri, scope }) => ({ variant, size, clientId, apiOrigins, mode, dpop, redirectUri, scope }))).toEqual({
    variant: 'solid', size: 'm', clientId: 'my-app', apiOrigins: 'https://api.example', mode: 'redirect', dpop: false, redirectUri: '/callback.html', scope: 'openid profile',
  });
  await it.evaluate((element) => Object.assign(element, { size: 'l', dpop: true, redirectUri: '/other.html' }));
  expect(await it.evaluate((element) => ['size', 'dpop', 'redirect-uri'].map((name) => element.getAttribute(name)))).toEqual(['l', '', '/other.html']);
  expect((await told(page)).map(({ detail }) => detail.code)).toEqual(['attribute_invalid']);
});

for (const [size, least] of Object.entries({ s: 36, m: 44, l: 52 })) {
  test(`size ${size} is ${least} pixels high, signed in or not`, async ({ page, site }) => {
    const it = await open(page, site, { preview: 'idle', size });
    expect((await it.getByRole('button').boundingBox()).height).toBe(least);
    await it.evaluate((element) => (element.preview = 'signed-in'));
    expect((await it.getByRole('button').boundingBox()).height).toBe(least);
  });
}

for (const language of ['de', 'ja']) {
  test(`every word in ${language}`, async ({ page, site }) => {
    await page.goto(site.url);
    await place(page, { preview: 'idle' });
    const it = await drawn(page);
    const words = await it.evaluate(async (element, language) => {
      const { default: words } = await import(`/locales/${language}.js`);
      element.translations = words;
      return words;
    }, language);
    const show = (state) => it.evaluate((element, state) => (element.preview = state), state);
    await expect(it.getByRole('button', { name: words.signIn })).toBeVisible();
    await show('redirecting');
    await expect(it.getByRole('button', { name: words.redirecting })).toBeVisible();
    await show('signed-in');
    await expect(it.getByRole('group', { name: words.signedIn.replace('{name}', 'Ada Demo') })).toBeVisible();
    await show('error');
    await expect(it.getByRole('alert')).toHaveText(words.network);
    expect(await it.evaluate((element) => element.shadowRoot.querySelector('[part=base]').lang)).toBe(language);
  });
}

test('from right to left, the avatar stands at the right', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'signed-in', dir: 'rtl' });
  const avatar = await it.locator('[part=avatar]').boundingBox();
  const out = await it.getByRole('button', { name: 'Sign out' }).boundingBox();
  expect(avatar.x).toBeGreaterThan(out.x);
});

const VIEWS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
};

for (const [name, media] of Object.entries(VIEWS)) {
  test(`axe finds nothing in any state, ${name}`, async ({ page, site }) => {
    await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
    await page.goto(site.url);
    for (const variant of ['solid', 'outline', 'text']) {
      for (const state of STATES) await place(page, { preview: state, variant, id: `${state}-${variant}` });
    }
    await drawn(page, '#denied-text');
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${target} ${html}`).join(' | ')}`)).toEqual([]);
  });
}

for (const text of [1, 2]) {
  test(`nothing scrolls sideways at 320 pixels, text ${text} times as large`, async ({ page, site }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    const it = await open(page, site, { preview: 'idle', size: 'l' });
    await page.evaluate((text) => (document.documentElement.style.fontSize = `${text * 100}%`), text);
    for (const state of STATES) {
      await it.evaluate((element, state) => (element.preview = state), state);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), state).toBeLessThanOrEqual(320);
    }
  });
}

test('the spinner stands still where motion is not wanted', async ({ page, site }) => {
  const it = await open(page, site, { preview: 'redirecting' });
  const animation = () => it.locator('[part=spinner]').first().evaluate((spinner) => getComputedStyle(spinner).animationName);
  expect(await animation()).toBe('pkce-turn');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await animation()).toBe('none');
});

// Nothing that a page is told may be of use to whoever listens.
function expectNothingSecret(events) {
  const text = JSON.stringify(events);
  expect(text).not.toMatch(/eyJ[\w-]{10}/);
  expect(text).not.toMatch(/code_challenge=|code_verifier|[?&](state|nonce|code|request|request_uri)=/);
  for (const { composed, type, at } of events) expect([composed, at.length > 0], type).toEqual([true, true]);
}

test('a sign-in there and back, and out again', async ({ page, site }) => {
  await page.goto(`${site.url}demo.html`);
  const it = page.locator('#it');
  await expect(it.getByText('Demo', { exact: true })).toBeVisible();
  // Kept from what the page is told before it is left.
  const before = [];
  await page.exposeFunction('keep', (events) => before.push(...events));
  await page.evaluate(() => addEventListener('pagehide', () => window.keep(window.told)));
  await it.getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  expect(page.url()).toBe(`${site.url}demo.html`);
  expect(await statesOf(it)).toEqual(['signed-in']);
  expect(await it.evaluate(({ state, user, error }) => [state, user.name, error])).toEqual(['signed-in', 'Ada Demo', null]);
  expect(await it.evaluate((element) => element.getAccessToken().then((token) => token.length > 20))).toBe(true);
  await it.getByRole('button', { name: 'Sign out' }).click();
  await expect(it.getByRole('button', { name: 'Sign in' })).toBeVisible();
  const events = await told(page);
  expect(events.filter(({ type }) => type !== 'state-change').map(({ type, detail }) => [type, detail.reason ?? detail.user.name])).toEqual([['signed-in', 'Ada Demo'], ['signed-out', 'signed_out']]);
  expectNothingSecret([...before, ...events]);
  const token = it.evaluate((element) => element.getAccessToken().catch(({ name, code }) => [name, code]));
  expect(await token).toEqual(['PkceError', 'signed_out']);
});

test('a press before the module is there is not lost', async ({ page, site }) => {
  const go = await holdBack(page, '**/element.wasm');
  await page.goto(`${site.url}demo.html`);
  const it = page.locator('#it');
  await it.getByRole('button', { name: 'Sign in' }).click();
  await expect(it.getByRole('button', { name: 'Opening the sign-in page…' })).toBeVisible();
  go();
  await expect(page.getByRole('button', { name: 'Ada Demo' })).toBeVisible();
});

for (const isEarly of [false, true]) {
  test(`a sign-in in a popup, pressed ${isEarly ? 'before' : 'after'} the module is there`, async ({ page, site }) => {
    const go = await holdBack(page, '**/element.wasm');
    await page.goto(`${site.url}demo-popup.html`);
    const it = page.locator('#it');
    if (!isEarly) {
      go();
      await drawn(page);
    }
    const [popup] = await Promise.all([page.waitForEvent('popup'), it.getByRole('button', { name: 'Sign in' }).click()]);
    await expect(it.getByRole('button', { name: 'Continue in the other window…' })).toBeVisible();
    go();
    await allow(popup);
    await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
    await expect(it.getByRole('group')).toBeFocused();
    const events = await told(page);
    expect(events.filter(({ type }) => type === 'state-change').map(({ detail }) => detail.to)).toEqual(['redirecting', 'exchanging', 'signed-in']);
    expectNothingSecret(events);
  });
}

test('who denies in the popup is told so, and it is no failure', async ({ page, site }) => {
  await page.goto(`${site.url}demo-popup.html`);
  const it = await drawn(page);
  const [popup] = await Promise.all([page.waitForEvent('popup'), it.getByRole('button', { name: 'Sign in' }).click()]);
  await popup.getByRole('button', { name: 'Ada Demo' }).click();
  await popup.getByRole('button', { name: 'Deny' }).click();
  await expect(it.getByRole('status')).toHaveText('Access was denied. Nothing was shared. “The person pressed Deny.”');
  await expect(it.getByRole('alert')).toHaveText('');
  expect(await statesOf(it)).toEqual(['idle']);
  expect((await told(page)).filter(({ type }) => type === 'error').map(({ detail }) => detail.code)).toEqual(['access_denied']);
});

test('a page may keep the browser here, and is shown no secret of the request', async ({ page, site }) => {
  await page.goto(`${site.url}demo.html`);
  const it = await drawn(page);
  await page.evaluate(() => (window.stay = true));
  await it.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(async () => (await told(page)).filter(({ type }) => type === 'before-redirect').length).toBe(1);
  await expect(it.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(page.url()).toBe(`${site.url}demo.html`);
  const events = await told(page);
  const { url } = events.find(({ type }) => type === 'before-redirect').detail;
  expect([...new URL(url).searchParams.keys()].sort()).toEqual(['client_id', 'code_challenge_method', 'redirect_uri', 'response_type', 'scope']);
  expect(events.filter(({ type }) => type === 'error')).toEqual([]);
  expectNothingSecret(events);
});

test('Back from the authorizer leaves a button that works', async ({ site }) => {
  // As browsers are, and Playwright's is not: a page that was left is kept as it was.
  const browser = await chromium.launch({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    const page = await browser.newPage();
    await page.addInitScript(() => addEventListener('pageshow', (event) => (window.restored = event.persisted)));
    await page.goto(`${site.url}demo.html`);
    const it = await drawn(page);
    await it.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/authorizer\//);
    // A page that is restored is not loaded again.
    await page.goBack({ waitUntil: 'commit' });
    await expect.poll(() => page.evaluate(() => window.restored)).toBe(true);
    await expect(it.getByRole('button', { name: 'Sign in' })).toBeVisible();
    expect(await statesOf(it)).toEqual(['idle']);
    expect((await told(page)).filter(({ type }) => type === 'error')).toEqual([]);
    await it.getByRole('button', { name: 'Sign in' }).click();
    await allow(page);
    await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  } finally {
    await browser.close();
  }
});

// What a sign-in would ask for, where the page keeps the browser.
async function asked(page, number) {
  const urls = async () => (await told(page)).filter(({ type }) => type === 'before-redirect').map(({ detail }) => new URL(detail.url));
  await expect.poll(async () => (await urls()).length).toBe(number);
  return (await urls())[number - 1];
}

test('what is set after the module is there counts, also right before a sign-in', async ({ page, site }) => {
  const lines = [];
  page.on('console', (message) => lines.push(message.text()));
  await page.goto(site.url);
  await page.evaluate(() => (window.stay = true));
  await place(page, { authorizer: 'builtin', 'client-id': 'pkce-login-demo' });
  const it = await drawn(page);
  await it.evaluate((element) => element.signIn());
  expect((await asked(page, 1)).searchParams.get('scope')).toBe('openid profile');
  // The same client, that nobody signed in with.
  await it.evaluate((element) => (element.scope = 'openid email'));
  await it.getByRole('button', { name: 'Sign in' }).click();
  expect((await asked(page, 2)).searchParams.get('scope')).toBe('openid email');
  await it.evaluate((element) => {
    element.scope = 'openid';
    return element.signIn();
  });
  expect((await asked(page, 3)).searchParams.get('scope')).toBe('openid');
  expect(lines.filter((line) => line.includes('other options'))).toEqual([]);
});

test('a sign-in goes where the attributes point now, not where they pointed when it was pressed', async ({ page, site }) => {
  let go;
  const held = new Promise((resolve) => (go = resolve));
  // The session of the first client is slow to begin.
  await page.route('**/builtin.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.url);
  await page.evaluate(() => (window.stay = true));
  const begun = page.waitForRequest('**/builtin.js');
  const it = await place(page, { authorizer: 'builtin', 'client-id': 'an-earlier-app' });
  await it.getByRole('button', { name: 'Sign in' }).click();
  await begun;
  await it.evaluate((element) => (element.clientId = 'pkce-login-demo'));
  go();
  expect((await asked(page, 1)).searchParams.get('client_id')).toBe('pkce-login-demo');
  expect((await told(page)).filter(({ type }) => type === 'error')).toEqual([]);
});

test('an element that gets another client tells that nobody is signed in there', async ({ page, site }) => {
  await page.goto(`${site.url}demo.html`);
  const it = page.locator('#it');
  await it.getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  await it.evaluate((element) => (element.clientId = 'another-app'));
  await expect(it.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect((await told(page)).filter(({ type }) => type.startsWith('signed')).map(({ type }) => type)).toEqual(['signed-in', 'signed-out']);
  expect(await it.evaluate((element) => element.user)).toBe(null);
});

test('an API call that the page calls off is no failure of the sign-in', async ({ page, site }) => {
  await page.goto(`${site.url}demo.html`);
  const it = page.locator('#it');
  await it.getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  await expect(it.getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  const reasons = await it.evaluate((element) => Promise.all(['unmounted', undefined].map((reason) => {
    const signal = AbortSignal.abort(reason);
    return element.fetch('/page.css', { signal }).catch((error) => error.name ?? error);
  })));
  expect(reasons).toEqual(['unmounted', 'AbortError']);
  expect((await told(page)).filter(({ type }) => type === 'error')).toEqual([]);
});

test('fault 20: two elements of one client share the session; each tells of it', async ({ page, site }) => {
  await page.goto(`${site.url}demo-two.html`);
  await drawn(page);
  await page.locator('#other').getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  for (const id of ['it', 'other']) await expect(page.locator(`#${id}`).getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  // Put away and back, it is signed in still.
  await page.evaluate(async () => {
    const it = document.querySelector('#it');
    it.remove();
    await new Promise((resolve) => setTimeout(resolve));
    document.querySelector('main').append(it);
  });
  await expect(page.locator('#it').getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  await page.locator('#it').getByRole('button', { name: 'Sign out' }).click();
  for (const id of ['it', 'other']) await expect(page.locator(`#${id}`).getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('the whole sign-in by keyboard', async ({ page, site }) => {
  await page.goto(`${site.url}demo.html`);
  await drawn(page);
  await page.keyboard.press('Tab');
  await expect(page.locator('#it').getByRole('button', { name: 'Sign in' })).toBeFocused();
  await page.keyboard.press('Enter');
  await allow(page);
  await expect(page.locator('#it').getByRole('group', { name: 'Signed in as Ada Demo' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.locator('#it').getByRole('button', { name: 'Sign out' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.locator('#it').getByRole('button', { name: 'Sign in' })).toBeFocused();
});

const WRONG = {
  'no issuer': [{ 'client-id': 'my-app' }, 'configuration'],
  'no client': [{ issuer: 'https://login.example' }, 'configuration'],
  'a redirect URI of another origin': [{ issuer: 'https://login.example', 'client-id': 'my-app', 'redirect-uri': 'https://app.example/callback.html' }, 'configuration'],
  'an unknown storage': [{ issuer: 'https://login.example', 'client-id': 'my-app', storage: 'cookie' }, 'configuration'],
  'an unknown mode': [{ issuer: 'https://login.example', 'client-id': 'my-app', mode: 'window', prepare: 'press' }, 'configuration'],
  'the demo in production': [{ authorizer: 'builtin', 'client-id': 'pkce-login-demo', 'data-production': '' }, 'configuration'],
};

for (const [name, [attributes, step]] of Object.entries(WRONG)) {
  test(`${name}: a sentence for people, an event and a line for who made the page`, async ({ page, site }) => {
    const lines = [];
    page.on('console', (message) => lines.push(message.text()));
    await page.goto(site.url);
    const it = await place(page, attributes);
    await expect(it.getByRole('alert')).toHaveText('Sign-in is not set up correctly on this page. Tell its operator.');
    const [{ detail }, ...others] = (await told(page)).filter(({ type }) => type === 'error');
    expect([detail.step, detail.retryable, others]).toEqual([step, false, []]);
    expect(detail.advice.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line.includes(detail.message) && line.includes(detail.advice))).toHaveLength(1);
    expect(await page.evaluate(() => 6 * 7)).toBe(42);
  });
}

test('the demo in production says so after a press, too', async ({ page, site }) => {
  await page.goto(site.url);
  const it = await place(page, { authorizer: 'builtin', 'client-id': 'pkce-login-demo', 'data-production': '' });
  const alert = it.getByRole('alert');
  await expect(alert).toHaveText('Sign-in is not set up correctly on this page. Tell its operator.');
  const thrown = await it.evaluate((element) => element.signIn().catch((error) => error?.code));
  expect(thrown).toBe('builtin_in_production');
  await it.getByRole('button').click();
  await expect(alert).toHaveText('Sign-in is not set up correctly on this page. Tell its operator.');
  expect(page.url()).toBe(site.url);
});

test('a client secret is complained about, never sent, and the rest goes on', async ({ page, site }) => {
  const lines = [];
  page.on('console', (message) => lines.push(message.text()));
  const sent = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.goto(site.url);
  const it = await place(page, { authorizer: 'builtin', 'client-id': 'pkce-login-demo', 'client-secret': 'not-so-secret' });
  await it.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => lines.join()).toContain('(client_secret_refused)');
  await allow(page);
  await expect(page).toHaveURL(site.url);
  expect(sent.join()).not.toContain('not-so-secret');
  expect(lines.join()).not.toContain('not-so-secret');
});

test('storage that is blocked is said in words, where a redirect needs it', async ({ page, site }) => {
  await page.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage'])
      Object.defineProperty(window, name, { get: () => { throw new DOMException('blocked', 'SecurityError'); } });
  });
  await page.goto(`${site.url}demo.html`);
  const it = await drawn(page);
  await it.getByRole('button', { name: 'Sign in' }).click();
  await expect(it.getByRole('alert')).toHaveText('This browser stores nothing for this page. Sign-in needs storage. Allow site data and try again.');
  expect((await told(page)).filter(({ type }) => type === 'error').map(({ detail }) => detail.code)).toEqual(['storage_blocked']);
});
