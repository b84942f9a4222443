// The headless entry: sign-in without anything to be seen. The types, with what each member does, are in headless.d.ts.

import { PkceError, create, load } from './core.js';

export { PkceError };

// The build puts the hashes of the two files there, so that one hash for this script covers all three.
const INTEGRITY = { module: '__WASM_INTEGRITY__', glue: '__GLUE_INTEGRITY__' };

const ready = () => load('headless', import.meta.url, new URL('./headless.wasm', import.meta.url), INTEGRITY, () => import('./headless-glue.js'));

/** See headless.d.ts. */
export function createAuth(options) {
  return create(async () => (await ready()).Core, options);
}
