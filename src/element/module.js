// The module of the element (WebAssembly), loaded once for all elements of a page.

import { isElsewhere, never } from '../script/arrival.js';
import { load } from '../script/core.js';
import init, { Core, beforeLeaving, mount, shownOf } from './glue.js';

// The build puts the hash of the file there, so that one hash for this script covers both.
const INTEGRITY = '__WASM_INTEGRITY__';

let isLoaded = false;

export { beforeLeaving, mount, shownOf };

export const isModuleLoaded = () => isLoaded;

export async function loadModule() {
  if (isElsewhere()) return never();
  await load(init, new URL('./element.wasm', import.meta.url), INTEGRITY);
  isLoaded = true;
  return Core;
}
