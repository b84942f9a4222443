#!/usr/bin/env node
// `npx pkce-login copy DIRECTORY`: copies what a host has to serve. Callback page and workers go to the directory itself, as
// a service worker is in charge of its own directory; what pages load without a bundler goes to pkce-login/ in it.

import { cp, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `Usage: npx pkce-login copy DIRECTORY

Copies into DIRECTORY, the one that your host serves as the root of your site:
  callback.html, callback-worker.js       the page that answers come back to
  authorizer-worker.js and its module     the built-in authorizer, for demonstrations on your own machine
  pkce-login/                             element and client, for pages without a bundler

Files that are there already are replaced.`;

const AT_THE_ROOT = /^(callback\.html|callback-worker\.js|authorizer-worker.*\.(js|wasm))$/;
const FOR_PAGES = /^((element|headless(-full)?)(-glue)?\.(js|wasm)|builtin\.js)$/;

async function copy(target) {
  const source = await realpath(path.dirname(fileURLToPath(import.meta.url)));
  await mkdir(target, { recursive: true });
  // What is removed below would be the only copy.
  if ((await realpath(target)) === source) throw new Error('that is the package itself');
  const pages = path.join(target, 'pkce-login');
  await mkdir(pages, { recursive: true });
  for (const name of await readdir(target)) {
    // The module of an earlier version has another name, and nobody asks for it any more.
    if (/^authorizer-worker-[0-9a-f]+\.wasm$/.test(name)) {
      await rm(path.join(target, name));
    }
  }
  for (const name of await readdir(source)) {
    if (AT_THE_ROOT.test(name)) await cp(path.join(source, name), path.join(target, name));
    if (FOR_PAGES.test(name)) await cp(path.join(source, name), path.join(pages, name));
  }
  const scripts = (name) => !name.endsWith('.d.ts');
  await cp(path.join(source, 'locales'), path.join(pages, 'locales'), { recursive: true, filter: scripts });
}

const words = process.argv.slice(2);
const [target, ...more] = words[0] === 'copy' ? words.slice(1) : words;
if (words.some((word) => ['-h', '--help', 'help'].includes(word))) {
  console.log(HELP);
} else if (!target || more.length > 0 || target.startsWith('-')) {
  console.error(`error: ${target ? 'one directory is expected' : 'no directory is named'}\n\n${HELP}`);
  process.exitCode = 2;
} else {
  try {
    await copy(target);
    console.log(`Copied to ${target}`);
  } catch (error) {
    console.error(`error: the files could not be copied to ${target}: ${error.message}`);
    process.exitCode = 1;
  }
}
