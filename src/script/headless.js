// The headless entry: sign-in without a user interface. headless.d.ts has the types, and what each member does.
// @ts-check

import { create } from './core.js';
import { PkceError } from './errors.js';
import { load } from './loading.js';

export { PkceError };

// The build puts the hashes of the files there, so that one hash for this script covers all of them.
const INTEGRITY = { module: '__WASM_INTEGRITY__', glue: '__GLUE_INTEGRITY__' };
const FULL_INTEGRITY = { module: '__FULL_WASM_INTEGRITY__', glue: '__FULL_GLUE_INTEGRITY__' };

// One source, built twice: what binds tokens to a key or keeps them beyond a page is loaded by those who ask for it.
const lean = () => load('headless', 'headless', import.meta.url, new URL('./headless.wasm', import.meta.url), INTEGRITY, () => import('./headless-glue.js'));
const full = () => load('headless', 'headless-full', import.meta.url, new URL('./headless-full.wasm', import.meta.url), FULL_INTEGRITY, () => import('./headless-full-glue.js'));

/** @type {import('./client.js').LoadCore} */
async function coreFor(text) {
  const { dpop = false, storage = 'memory' } = JSON.parse(text) ?? {};
  const { Core } = await (dpop === false && storage === 'memory' ? lean() : full());
  return Core;
}

/** @type {typeof import('./headless').createAuth} See headless.d.ts. */
export function createAuth(options) {
  return create(coreFor, options);
}
