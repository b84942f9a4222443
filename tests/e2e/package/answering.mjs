// The Vite app where the callback is answered by the app itself: by Vite's servers, and by the worker of a PWA.

import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from '@playwright/test';

import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { dist, home } from './prepare.mjs';
import { CLIENT_ID, ISSUER } from './serve.mjs';

const VITE = path.join(home('vite'), 'node_modules/vite/dist/node/index.js');
const WORKBOX = path.join(home('workbox'), 'node_modules/workbox-build/build/index.js');

// What the app is changed to, besides its issuer.
export const CHANGES = {
  none: (text) => text,
  fragment: (text) => text.replace(/clientId(: ?)(["'`])my-app\2/g, 'clientId$1$2my-app$2, responseMode: "fragment"').replace('<pkce-login', '<pkce-login response-mode="fragment"'),
  popup: (text) => text.replace('<pkce-login', '<pkce-login mode="popup"'),
};

// `page` is the page of the app that is its start: `index.html` with the element, or `headless.html`.
export const SERVERS = { development, preview, pwa };

export async function serve(how, page, { change = CHANGES.none, ...more } = {}) {
  const there = { provider: undefined };
  const text = (given) => change(given.replace(ISSUER, `issuer$1$2${there.provider.issuer}$2`));
  const server = await SERVERS[how](page, text, more);
  there.url = server.url;
  there.log = server.log;
  there.provider = await oidcProvider.start({ app: server.url, clientId: CLIENT_ID });
  await server.fill?.();
  there.close = async () => {
    await server.close();
    await there.provider.close();
  };
  return there;
}

// As if nobody had copied callback.html into `public`.
async function development(page, text) {
  const { createServer } = await import(pathToFileURL(VITE));
  const cacheDir = path.join(home('vite'), 'node_modules', `.vite-answering-${process.pid}-${page}`);
  const start = await readFile(path.join(home('vite'), page), 'utf8');
  const server = await createServer({
    root: home('vite'),
    cacheDir,
    publicDir: false,
    logLevel: 'warn',
    server: { host: 'localhost', port: 0, hmr: false },
    plugins: [{ name: 'app-of-the-test', enforce: 'pre', transform: text, transformIndexHtml: { order: 'pre', handler: () => text(start) } }],
  });
  await server.listen();
  const close = async () => {
    await server.close();
    await rm(cacheDir, { recursive: true, force: true });
  };
  return { url: `http://localhost:${server.httpServer.address().port}/`, close };
}

async function preview(page, text) {
  const built = await copyOf(page, text, []);
  const vite = await import(pathToFileURL(VITE));
  const server = await vite.preview({
    root: home('vite'),
    logLevel: 'warn',
    build: { outDir: built.folder },
    preview: { host: 'localhost', port: 0, strictPort: false },
  });
  const close = async () => {
    await server.close();
    await built.remove();
  };
  return { url: `http://localhost:${server.httpServer.address().port}/`, fill: built.fill, close };
}

// A host that has callback.html, and a worker that Workbox made, which answers every navigation with the app. With
// `isCaught` the callback worker stands beside the page, too.
async function pwa(page, text, { denylist, isCaught } = {}) {
  const built = await copyOf(page, text, isCaught ? CALLBACK : CALLBACK.slice(0, 1));
  const host = await staticHost.start({ root: built.folder });
  const fill = async () => {
    await built.fill();
    const { generateSW } = (await import(pathToFileURL(WORKBOX))).default;
    await generateSW({
      swDest: path.join(built.folder, 'sw.js'),
      globDirectory: built.folder,
      globPatterns: ['index.html', 'assets/*'],
      maximumFileSizeToCacheInBytes: 16 * 1024 * 1024,
      navigateFallback: '/index.html',
      navigateFallbackDenylist: denylist,
      skipWaiting: true,
      clientsClaim: true,
      sourcemap: false,
    });
  };
  const close = async () => {
    await host.close();
    await built.remove();
  };
  return { ...host, fill, close };
}

const CALLBACK = ['callback.html', 'callback-worker.js'];

// A copy of what was built, with these files for the callback, whose texts are written once it is known who the authorizer is.
async function copyOf(page, text, callback) {
  const folder = await mkdtemp(path.join(tmpdir(), 'pkce-login-built-'));
  const filter = (name) => !CALLBACK.includes(path.basename(name)) || callback.includes(path.basename(name));
  await cp(dist('vite'), folder, { recursive: true, filter });
  await cp(path.join(dist('vite'), page), path.join(folder, 'index.html'));
  const fill = async () => {
    const scripts = (await readdir(path.join(folder, 'assets'))).filter((name) => name.endsWith('.js')).map((name) => `assets/${name}`);
    for (const name of ['index.html', ...scripts]) {
      const file = path.join(folder, name);
      await writeFile(file, text(await readFile(file, 'utf8')));
    }
  };
  return { folder, fill, remove: () => rm(folder, { recursive: true, force: true }) };
}

// The callback worker is there once the page has had nothing else to do.
export async function awaitCallbackWorker(page) {
  await expect.poll(() => page.evaluate(async () => {
    const known = await navigator.serviceWorker.getRegistration('/callback.html');
    return known?.active?.scriptURL.endsWith('/callback-worker.js') ?? false;
  })).toBe(true);
}

// Has the worker of the PWA answer this page's navigations.
export async function installWorker(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js');
    if (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    }
  });
}
