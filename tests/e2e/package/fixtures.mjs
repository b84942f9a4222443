// The apps on servers, each with the built-in authorizer and with a real provider, and a watch on what must stay secret.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { test as base } from '@playwright/test';

import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { dist, home } from './prepare.mjs';
import { Watch } from './watch.mjs';

export { expect } from '@playwright/test';

// Whom an app names as its authorizer, as the documentation writes it. The tests put theirs in its place: in HTML, in
// TypeScript, and in what a bundler makes of it.
const ISSUER = /issuer(=|: ?)(["'`])https:\/\/login\.example\2/g;
const CLIENT_ID = 'my-app';
// The one client that the built-in authorizer knows.
const BUILT_IN_CLIENT_ID = 'pkce-login-demo';

export const test = base.extend({
  // host(app, 'built-in' | 'provider', { dev, headers }) -> { url, provider, kind }
  host: [
    async ({}, use) => {
      const running = new Map();
      await use((app, kind, how = {}) => {
        const key = JSON.stringify([app, kind, how]);
        if (!running.has(key)) running.set(key, start(app, kind, how));
        return running.get(key);
      });
      for (const server of await Promise.all(running.values())) await server.close();
    },
    { scope: 'worker' },
  ],
  watch: [
    async ({ context }, use) => {
      await use(await Watch.start(context));
    },
    { auto: true },
  ],
});

async function start(app, kind, { dev = false, headers = {} }) {
  const there = { kind, provider: undefined };
  const authorizer = (text) =>
    there.provider
      ? text.replace(ISSUER, `issuer$1$2${there.provider.issuer}$2`)
      : text.replace(ISSUER, 'authorizer$1$2builtin$2').replaceAll(CLIENT_ID, BUILT_IN_CLIENT_ID);
  const server = dev ? await development(app, authorizer) : await built(app, authorizer, headers);
  there.url = server.url;
  if (kind === 'provider') there.provider = await oidcProvider.start({ app: server.url, clientId: CLIENT_ID });
  there.close = async () => {
    await server.close();
    await there.provider?.close();
  };
  return there;
}

async function built(app, authorizer, headers) {
  const names = await readdir(dist(app), { recursive: true });
  const own = names.filter((name) => /\.(html|js)$/.test(name) && !/^(pkce-login|callback|authorizer-worker)/.test(name));
  const pages = Object.fromEntries(own.map((name) => [name.split(path.sep).join('/'), authorizer]));
  return staticHost.start({ root: dist(app), headers, pages });
}

// Vite's development server, with the app's own settings.
async function development(app, authorizer) {
  const { createServer } = await import(pathToFileURL(path.join(home(app), 'node_modules/vite/dist/node/index.js')));
  const server = await createServer({
    root: home(app),
    logLevel: 'warn',
    server: { host: 'localhost', port: 0, hmr: false },
    // What is made of dependencies is made anew, and apart from what another worker of the tests makes.
    cacheDir: path.join('node_modules', `.vite-${process.pid}`),
    plugins: [{ name: 'authorizer-of-the-test', enforce: 'pre', transform: authorizer, transformIndexHtml: authorizer }],
  });
  await server.listen();
  return { url: `http://localhost:${server.httpServer.address().port}/`, close: () => server.close() };
}

// A policy as strict as it gets, in one header for all pages, as a static host sends it. So it names the one script of the
// callback page.
export async function strictPolicy(app) {
  const callback = await readFile(path.join(dist(app), 'callback.html'), 'utf8');
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${callback.match(/'sha256-[^']+'/)[0]}`,
    "style-src 'self'",
    "connect-src 'self' http://as.localhost:*",
    "img-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
