// The element on a page of its own: a host with the package and a strict policy, and what the specs do there.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test as base } from './fixtures.mjs';
import * as staticHost from './servers/static.mjs';

export { expect };

// The package as `cargo xtask package` builds it.
export const PACKAGE = process.env.NPM_PACKAGE ?? fileURLToPath(new URL('../../dist/npm', import.meta.url));

// What a careful host sends with all pages: with the hash of the callback page's script, and nothing else for its sake.
const policy = (callback) => [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]}`,
  "style-src 'self'",
  "connect-src 'self' http://localhost:* http://127.0.0.1:*",
  "worker-src 'self'",
  "frame-src 'self'",
  "require-trusted-types-for 'script'",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'self'",
].join('; ');

const html = (body, head = '<script type="module" src="element.js"></script>') => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page with the element</title><link rel="stylesheet" href="page.css"><script type="module" src="page.js"></script>${head}
</head><body><main><h1>A page</h1><p>Some words.</p>${body}</main></body></html>`;

// Rules of a page that would spoil the element if they came in.
const STYLE = `:root { color-scheme: light dark; } body { margin: 24px; font-family: system-ui; background: light-dark(#fafaf8, #121315); color: light-dark(#1a1b1e, #ecedee); }
button, p, span, div, slot { color: rgb(160, 0, 0); letter-spacing: 9px; text-transform: uppercase; display: block; }
@media (prefers-color-scheme: dark) { p, span { color: rgb(255, 190, 190); } }
.loud { letter-spacing: 6px; text-transform: uppercase; font: italic 30px/3 serif; text-align: end; white-space: nowrap; word-spacing: 20px; }`;

// Everything that leaves the element is kept, as a page would see it: at the document.
const SCRIPT = `window.told = [];
window.refused = [];
addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
for (const type of ['before-redirect', 'state-change', 'signed-in', 'signed-out', 'error'])
  document.addEventListener('pkce-' + type, (event) => {
    told.push({ type, detail: event.detail, composed: event.composed, at: event.target.id });
    if (type === 'before-redirect' && window.stay) event.preventDefault();
  });
`;

const PAGES = {
  'index.html': html(''),
  'before.html': html('<pkce-login id="it" issuer="https://login.example" client-id="my-app"></pkce-login>', ''),
  'demo.html': html('<pkce-login id="it" authorizer="builtin" client-id="pkce-login-demo"></pkce-login>'),
  'demo-popup.html': html('<pkce-login id="it" authorizer="builtin" client-id="pkce-login-demo" mode="popup"></pkce-login>'),
  'demo-two.html': html('<pkce-login id="it" authorizer="builtin" client-id="pkce-login-demo"></pkce-login> <pkce-login id="other" authorizer="builtin" client-id="pkce-login-demo" variant="outline"></pkce-login>'),
  'fallback.html': html('<pkce-login id="it" preview="idle"><a slot="fallback" href="/server-sign-in">Sign in on the server</a></pkce-login>'),
  'page.css': STYLE,
  'page.js': SCRIPT,
};

export const test = base.extend({
  site: [
    async ({}, use) => {
      const callback = await readFile(path.join(PACKAGE, 'callback.html'), 'utf8');
      const headers = { 'content-security-policy': policy(callback), 'referrer-policy': 'no-referrer' };
      const site = await staticHost.start({ root: PACKAGE, headers, pages: PAGES });
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
  // Whatever a test does, the page's policy has nothing to complain about.
  page: async ({ page }, use) => {
    await use(page);
    if (!page.isClosed()) expect(await page.evaluate(() => window.refused ?? [])).toEqual([]);
  },
});

// Puts an element into the page, the way a script does.
export async function place(page, attributes, { children = [], properties = {}, into = 'main' } = {}) {
  await page.evaluate(
    ({ attributes, children, properties, into }) => {
      const element = document.createElement('pkce-login');
      element.id = 'it';
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      Object.assign(element, properties);
      for (const [slot, text] of children) {
        const child = document.createElement('span');
        child.slot = slot;
        child.textContent = text;
        element.append(child);
      }
      document.querySelector(into).append(element);
    },
    { attributes, children, properties, into },
  );
  return page.locator('#it');
}

// Waits until the module has taken over from the shell.
export async function drawn(page, selector = '#it') {
  await page.waitForFunction((selector) => {
    const root = document.querySelector(selector)?.shadowRoot;
    return root?.querySelector('[part=user]') && !root.querySelector('slot[name=fallback]');
  }, selector);
  return page.locator(selector);
}

// The names of the custom states that are on.
export function statesOf(locator) {
  return locator.evaluate((element) => ['idle', 'redirecting', 'exchanging', 'signed-in', 'error'].filter((state) => element.matches(`:state(${state})`)));
}

export const told = (page) => page.evaluate(() => window.told);
