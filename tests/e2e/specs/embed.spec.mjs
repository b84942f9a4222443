// The page about the element, embed/ of the demo app: what it shows, and that what it gives to copy works.

import AxeBuilder from '@axe-core/playwright';

import { expect, test as base } from '../fixtures.mjs';
import * as staticHost from '../servers/static.mjs';

const STATES = ['idle', 'redirecting', 'exchanging', 'signed-in', 'error', 'denied'];

const test = base.extend({
  // A host of this test's own: pages can be put beside those of the app.
  host: async ({}, use) => {
    // Browsers ask for it where a page names none.
    const pages = { 'favicon.ico': '' };
    const host = await staticHost.start({ pages });
    await use({ ...host, pages, embed: `${host.url}embed/` });
    await host.close();
  },
  // What the browser complains about, and where it went besides the host.
  complaints: async ({ page, host }, use) => {
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (/^http/.test(request.url()) && !request.url().startsWith(host.url)) complaints.push(`went to ${request.url()}`);
    });
    await use(complaints);
  },
});

async function open(page, host, fragment = '') {
  await page.goto(host.embed + fragment);
  await expect(page.getByRole('table', { name: 'Custom properties' })).toBeVisible();
}

const snippet = (page) => page.locator('#code').textContent();

async function snippetAs(page, name) {
  await page.getByRole('tab', { name }).click();
  return snippet(page);
}

const field = (page, name) => page.locator(`#set-${name}`);

test('it shows every state of the element, and pressing does nothing', async ({ host, page, complaints }) => {
  await open(page, host);
  const shown = page.locator('#previews pkce-login');
  await expect(shown).toHaveCount(STATES.length);
  const words = ['Sign in', 'Opening the sign-in page…', 'Finishing sign-in…', 'Sign out', 'Try again', 'You cancelled. Nothing was shared.'];
  for (const [index, state] of STATES.entries()) {
    const element = shown.nth(index);
    await expect(element).toHaveAttribute('preview', state);
    await expect(element.getByText(words[index], { exact: true }).locator('visible=true').first()).toBeVisible();
    await element.getByRole('button').click({ force: true });
  }
  const widths = await Promise.all([0, 1, 2, 4].map((index) => shown.nth(index).getByRole('button').boundingBox()));
  expect(new Set(widths.map(({ width, height }) => `${width} x ${height}`)).size).toBe(1);
  await expect(page).toHaveURL(host.embed);
  expect(complaints).toEqual([]);
});

test('somebody signs in on it, and its list of events has no claim and no token', async ({ host, page, complaints }) => {
  await open(page, host);
  await page.locator('#live-stage').getByRole('button', { name: 'Sign in to this demo' }).click();
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(page.locator('#live-stage').getByRole('button', { name: 'Sign out' })).toBeVisible();
  await expect(page.locator('#heard')).toContainText('pkce-signed-in');
  const heard = await page.locator('#heard').textContent();
  expect(heard).not.toMatch(/Ada|eyJ/);
  expect(page.url()).not.toContain('code=');
  await page.locator('#live-stage').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.locator('#heard')).toContainText('pkce-signed-out');
  expect(complaints).toEqual([]);
});

test('what it gives to copy as HTML signs somebody in on another page', async ({ host, page, complaints }) => {
  await open(page, host);
  await page.getByText('More attributes').click();
  await field(page, 'authorizer').selectOption('builtin');
  await field(page, 'client-id').fill('pkce-login-demo');
  await field(page, 'redirect-uri').fill(`${host.embed}callback.html`);
  await field(page, 'label').fill('Come "in" & <see>');
  const html = await snippetAs(page, 'HTML');
  const { pathname } = new URL(host.embed);
  const policy = (await page.locator('#policy').textContent()).replace(" frame-ancestors 'none';", '');
  host.pages['embed/pasted.html'] = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>Pasted</title><body>\n${html}\n</body></html>`;
  await page.goto(`${host.embed}pasted.html`);
  await page.getByRole('button', { name: 'Come "in" & <see>' }).click();
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe(`${pathname}pasted.html`);
  expect(complaints).toEqual([]);
});

test('the snippets say what was chosen, and nothing besides', async ({ host, page }) => {
  await open(page, host);
  expect(await snippetAs(page, 'TypeScript')).toContain("createAuth({\n  issuer: 'https://login.example',\n  clientId: 'my-app',\n})");
  expect(await snippetAs(page, 'Leptos')).toContain('<AuthProvider issuer="https://login.example" client_id="my-app">');
  expect(await snippetAs(page, 'HTML')).toContain('<pkce-login issuer="https://login.example" client-id="my-app">');
  await field(page, 'mode').selectOption('popup');
  await field(page, 'scope').fill('openid email');
  await page.getByText('More attributes').click();
  await field(page, 'storage').selectOption('device');
  await field(page, 'dpop').check();
  await field(page, 'api-origins').fill('https://api.example');
  await field(page, 'prompt').fill('login');
  const html = await snippetAs(page, 'HTML');
  for (const one of ['mode="popup"', 'scope="openid email"', 'storage="device"', 'api-origins="https://api.example"', '\n  dpop']) expect(html).toContain(one);
  const script = await snippetAs(page, 'TypeScript');
  for (const one of ["storage: 'device'", 'dpop: true', "apiOrigins: ['https://api.example']", "loginInPopup({ prompt: 'login' })"]) expect(script).toContain(one);
  const rust = await snippetAs(page, 'Leptos');
  for (const one of ['Storage::Device', 'config.dpop = true;', '.with_scope("openid email")', 'mode=Mode::Popup', 'vec!["https://api.example".into()]']) expect(rust).toContain(one);
  await expect(page.locator('#policy')).toContainText("connect-src 'self' https://login.example https://api.example;");
  const callback = await (await page.request.get(`${host.embed}callback.html`)).text();
  await expect(page.locator('#policy')).toContainText(`'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]};`);
  await field(page, 'dpop').uncheck();
  await field(page, 'storage').selectOption('memory');
  expect(await snippetAs(page, 'HTML')).not.toMatch(/dpop|storage/);
});

test('the address keeps what was built, and a link can set nothing but known attributes', async ({ host, page, complaints }) => {
  await open(page, host);
  await field(page, 'client-id').fill('other-app');
  await field(page, 'variant').selectOption('outline');
  await page.reload();
  await expect(field(page, 'client-id')).toHaveValue('other-app');
  await expect(page.locator('#preview-stage pkce-login')).toHaveAttribute('variant', 'outline');

  const link = new URLSearchParams({
    issuer: 'https://elsewhere.example',
    'client-secret': 'seen-by-all',
    'onclick': 'alert(1)',
    preview: 'signed-in',
    mode: 'frame',
    label: '"><img src=x onerror=alert(1)>',
  });
  await page.goto('about:blank');
  await open(page, host, `#${link}`);
  const html = await snippet(page);
  expect(html).toContain('issuer="https://elsewhere.example"');
  expect(html).toContain('label="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"');
  expect(html).not.toMatch(/secret|seen-by-all|onclick|mode=|preview/);
  await expect(page.locator('#preview-stage pkce-login')).toHaveAttribute('preview', 'idle');
  await expect(page.locator('#form [name*=secret], #set-client-secret')).toHaveCount(0);
  await page.locator('#preview-stage').getByRole('button').click();
  // Nobody was asked anything: a link must not make a browser call hosts.
  expect(complaints).toEqual([]);
});

test('the reference lists what the manifest lists', async ({ host, page }) => {
  await open(page, host);
  const { modules } = await (await page.request.get(`${host.embed}custom-elements.json`)).json();
  const [element] = modules[0].declarations;
  for (const [name, items] of [[/^Attributes/, element.attributes], ['Events', element.events], ['Custom properties', element.cssProperties]]) {
    const rows = page.getByRole('table', { name }).getByRole('rowheader');
    await expect(rows).toHaveCount(items.length);
    for (const [index, item] of items.entries()) await expect(rows.nth(index)).toContainText(item.name);
  }
});

test('the builder is usable by keyboard alone', async ({ host, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, host);
  await tabTo(page, 'set-issuer');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('https://keys.example');
  await tabTo(page, 'tab-HTML');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'TypeScript' })).toBeFocused();
  await expect(page.getByRole('tab', { name: 'TypeScript' })).toHaveAttribute('aria-selected', 'true');
  await tabTo(page, 'copy');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Copied: TypeScript' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("issuer: 'https://keys.example'");
});

async function tabTo(page, id) {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await page.evaluate((id) => document.activeElement?.id === id, id)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${id}" cannot be reached by keyboard`);
}

for (const [name, media] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
})) {
  for (const width of [1280, 320]) {
    test(`it has no violation that axe can find, ${name}, ${width} pixels, and never scrolls sideways`, async ({ host, page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ reducedMotion: 'reduce', ...media });
      await open(page, host);
      await page.getByText('More attributes').click();
      const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    });
  }
}
