// The ways to receive an answer: the page that drives each of them, and everything by which a code could be seen.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { chromium } from '@playwright/test';

import { fallingBack } from './app-answers.mjs';
import { launchOptions } from './browser.mjs';
import { expect } from './fixtures.mjs';
import { listen } from './servers/listen.mjs';
import * as oidcProvider from './servers/oidc-provider.mjs';
import * as staticHost from './servers/static.mjs';

// The parties of one login: the app, its provider, and somebody whose image the app shows.
// `isAnsweredByApp`: the host has no callback page and falls back to index.html.
export async function parties({ appHeaders = {}, providerHeaders = {}, pages = {}, isAnsweredByApp = false } = {}) {
  const elsewhere = await thirdParty();
  // The least careful page there is: it gives its whole address to everyone.
  const image = `<img alt="" referrerpolicy="unsafe-url" src="${elsewhere.url}image.gif">`;
  const start = isAnsweredByApp ? fallingBack : (root, how) => staticHost.start({ root, ...how });
  const app = await start(staticHost.EVERY_OPTION, {
    headers: appHeaders,
    pages: {
      'index.html': (html) => html.replace(/<meta http-equiv.*>/, '').replace('<main>', `${image}<main>`),
      // What many apps do: the answer arrives in the app's own page, which cleans its address.
      'in-place.html': `<!doctype html><title>In place</title>${image}<script>history.replaceState(null, "", location.pathname)</script><p id="arrived">Here</p>`,
      ...pages,
    },
  });
  const provider = await oidcProvider.start({
    app: app.url,
    otherRedirectUris: [`${app.url}in-place.html`],
    headers: providerHeaders,
  });
  const codes = [];
  provider.provider.on('authorization_code.saved', ({ jti }) => codes.push(jti));
  return {
    app,
    provider,
    elsewhere,
    codes,
    close: () => Promise.all([app.close(), provider.close(), elsewhere.close()]),
  };
}

async function thirdParty() {
  const referers = [];
  const server = await listen((request, response) => {
    referers.push(request.headers.referer ?? '');
    response.writeHead(200, { 'content-type': 'image/gif', 'cache-control': 'no-store' });
    response.end(Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64'));
  });
  return { url: `http://elsewhere.localhost:${server.port}/`, referers, close: server.close };
}

// The page with every option as it is built, and providers that demand what a test wants of them.
export async function everyOption() {
  const app = await staticHost.start({ root: staticHost.EVERY_OPTION });
  const providers = new Map();
  return {
    app,
    provider(demands = {}) {
      const key = JSON.stringify(demands);
      if (!providers.has(key)) providers.set(key, oidcProvider.start({ app: app.url, ...demands }));
      return providers.get(key);
    },
    async close() {
      for (const provider of await Promise.all(providers.values())) await provider.close();
      await app.close();
    },
  };
}

// The address of the page with these options.
export function address({ app, provider }, options = {}) {
  const there = { issuer: provider.issuer, client_id: provider.clientId, scope: 'openid', ...options };
  return `${app.url}?${new URLSearchParams(Object.entries(there).filter(([, value]) => value !== undefined))}`;
}

// Opens the page and waits until a press finds all of it ready.
export async function open(page, url) {
  await page.goto(url);
  await expectState(page, { status: 'signed_out' });
}

export async function pressSignIn(page) {
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

// Presses a button and gives the state that the page came to.
export async function press(page, name) {
  const { changes } = await state(page);
  await page.getByRole('button', { name, exact: true }).click();
  await expect.poll(async () => (await state(page)).changes).toBeGreaterThan(changes);
  return state(page);
}

export async function allowThere(page) {
  await page.getByRole('button', { name: 'Sign in as Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

export async function state(page) {
  return JSON.parse((await page.locator('#state').textContent()) || '{}');
}

export async function expectState(page, expected) {
  await expect(async () => expect(await state(page)).toMatchObject(expected)).toPass({ timeout: 30_000 });
}

// An authorization request that no client of ours made.
export function foreignRequest({ provider }, redirectUri, mode) {
  const challenge = createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url');
  return `${provider.origin}/auth?${new URLSearchParams({
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    state: randomBytes(16).toString('hex'),
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(mode && { response_mode: mode }),
  })}`;
}

// A browser with a profile on disk, in which every document tells what it could read.
export class Observed {
  static async start() {
    const observed = new Observed();
    observed.profile = await mkdtemp(path.join(tmpdir(), 'pkce-login-'));
    observed.context = await chromium.launchPersistentContext(observed.profile, { ...launchOptions, serviceWorkers: 'allow' });
    observed.read = [];
    await observed.context.exposeBinding('couldRead', ({ frame }, where, text) => {
      observed.read.push({ page: new URL(frame.url()).pathname, where, text });
    });
    await observed.context.addInitScript(() => {
      const tell = (where, text) => window.couldRead(`${location.pathname} ${where}`, text);
      tell('address', location.href);
      const texts = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
      const watch = (owner, name, where) => {
        const original = owner[name];
        owner[name] = function (...given) {
          tell(where, given.map(texts).join(' '));
          return original.apply(this, given);
        };
      };
      watch(Storage.prototype, 'setItem', 'storage');
      watch(BroadcastChannel.prototype, 'postMessage', 'channel');
      const heard = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
      Object.defineProperty(MessagePort.prototype, 'onmessage', {
        ...heard,
        set(listener) {
          heard.set.call(this, (event) => {
            tell('message', texts(event.data));
            listener(event);
          });
        },
      });
      const fetched = window.fetch;
      window.fetch = async (input, ...rest) => {
        tell('request', input instanceof Request ? `${input.url} ${await input.clone().text()}` : texts(rest[0]?.body));
        return fetched(input, ...rest);
      };
    });
    return observed;
  }

  // Closes the browser, so that everything is on disk.
  async close() {
    await this.context.close();
  }

  async remove() {
    await rm(this.profile, { recursive: true, force: true });
  }

  // The files of the profile that have the text, by their paths. They are searched octet by octet, which needs no SQLite:
  // addresses stand in the history database as plain text. Session storage keeps texts in UTF-16.
  async filesWith(text) {
    const forms = [Buffer.from(text), Buffer.from(text, 'utf16le')];
    const entries = await readdir(this.profile, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
    const found = [];
    for (const file of paths) {
      const octets = await readFile(file);
      if (forms.some((form) => octets.includes(form))) found.push(path.relative(this.profile, file));
    }
    return found;
  }
}

// The history database of a profile, with its journals.
export function isHistory(file) {
  return path.basename(file).startsWith('History');
}

// What is left of a code where the login ended. `page` is the page that the person sees.
export async function look(page, code) {
  const cdp = await page.context().newCDPSession(page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  const names = await page.evaluate(() => performance.getEntries().map(({ name }) => name));
  const has = (texts) => texts.some((text) => text.includes(code));
  return {
    address: has([page.url(), ...entries.map(({ url }) => url)]),
    performance: has(names),
    referrer: has([await page.evaluate(() => document.referrer)]),
  };
}
