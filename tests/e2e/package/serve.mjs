// The prepared apps on servers, each with the authorizer that a test wants.

import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import * as oidcProvider from '../servers/oidc-provider.mjs';
import * as staticHost from '../servers/static.mjs';
import { dist, home } from './prepare.mjs';

// Whom an app names as its authorizer, as the documentation writes it. The tests put theirs in its place: in HTML, in
// TypeScript, and in what a bundler makes of it.
export const ISSUER = /issuer(=|: ?)(["'`])https:\/\/login\.example\2/g;
export const CLIENT_ID = 'my-app';
// The one client that the built-in authorizer knows.
const BUILT_IN_CLIENT_ID = 'pkce-login-demo';

// `kind` is `built-in` or `provider`; `dev` for Vite's development server in place of what was built.
export async function serve(app, kind, { dev = false, headers = {}, workerPolicy } = {}) {
  const there = { kind, provider: undefined };
  const authorizer = (text) =>
    there.provider
      ? text.replace(ISSUER, `issuer$1$2${there.provider.issuer}$2`)
      : text.replace(ISSUER, 'authorizer$1$2builtin$2').replaceAll(CLIENT_ID, BUILT_IN_CLIENT_ID);
  const server = dev ? await development(app, authorizer) : await built(app, authorizer, headers, workerPolicy);
  there.url = server.url;
  if (kind === 'provider') there.provider = await oidcProvider.start({ app: server.url, clientId: CLIENT_ID });
  there.close = async () => {
    await server.close();
    await there.provider?.close();
  };
  return there;
}

async function built(app, authorizer, headers, workerPolicy) {
  const names = await readdir(dist(app), { recursive: true });
  const own = names.filter((name) => /\.(html|js)$/.test(name) && !/^(pkce-login|callback|authorizer-worker)/.test(name));
  const pages = Object.fromEntries(own.map((name) => [name.split(path.sep).join('/'), authorizer]));
  const isWorker = (url) => workerPolicy && url.startsWith('/callback-worker.js');
  const headersOf = (url) => (isWorker(url) ? { 'content-security-policy': workerPolicy } : {});
  return staticHost.start({ root: dist(app), headers, headersOf, pages });
}

// Vite's development server, with the app's own settings.
async function development(app, authorizer) {
  const { createServer } = await import(pathToFileURL(path.join(home(app), 'node_modules/vite/dist/node/index.js')));
  // What Vite makes of the packages is made anew, as at a person's first start, and apart from another worker's.
  const cacheDir = path.join(home(app), 'node_modules', `.vite-${process.pid}`);
  const server = await createServer({
    root: home(app),
    cacheDir,
    logLevel: 'warn',
    server: { host: 'localhost', port: 0, hmr: false },
    plugins: [{ name: 'authorizer-of-the-test', enforce: 'pre', transform: authorizer, transformIndexHtml: authorizer }],
  });
  await server.listen();
  const close = async () => {
    await server.close();
    await rm(cacheDir, { recursive: true, force: true });
  };
  return { url: `http://localhost:${server.httpServer.address().port}/`, close };
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
    // For the two workers: of the callback page, and of the built-in authorizer.
    'trusted-types pkce-login',
  ].join('; ');
}
