// Hosts that answer the callback with the app itself, and what is looked at there.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import * as staticHost from './servers/static.mjs';

// What the console says, once.
export const ADVICE = /^pkce-login: the redirect URI is answered by the app, .+docs\/hosting\.md, "Where the app answers the callback"\.$/;

// Without the worker, too: it would answer before the host does.
const CALLBACK = ['callback.html', 'callback-worker.js'];

// A copy of a built app without the callback page, on a host that answers every path that is no file with index.html.
export async function fallingBack(root, how = {}) {
  const copy = await mkdtemp(path.join(tmpdir(), 'pkce-login-app-'));
  await cp(root, copy, { recursive: true, filter: (name) => !CALLBACK.includes(path.basename(name)) });
  const host = await staticHost.start({ root: copy, fallback: 'index.html', ...how });
  return {
    ...host,
    add: (files) => Promise.all(Object.entries(files).map(([name, octets]) => writeFile(path.join(copy, name), octets))),
    async close() {
      await host.close();
      await rm(copy, { recursive: true, force: true });
    },
  };
}

// What the tab keeps.
export const kept = (page) => page.evaluate(() => JSON.stringify(Object.entries(sessionStorage).sort()));
