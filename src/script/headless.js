// The headless entry: sign-in without anything to be seen. The types, with what each member does, are in headless.d.ts.

import init, { Core } from './glue.js';
import { PkceError, create, load } from './core.js';

export { PkceError };

// The build puts the hash of the file there, so that one hash for this script covers both.
const INTEGRITY = '__WASM_INTEGRITY__';

async function ready() {
  await load(init, new URL('./headless.wasm', import.meta.url), INTEGRITY);
  return Core;
}

/** See headless.d.ts. */
export function createAuth(options) {
  return create(ready, options);
}
