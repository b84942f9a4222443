// The module of the element (WebAssembly), loaded once for all elements of a page.

import { isElsewhere, never } from '../script/arrival.js';
import { load } from '../script/loading.js';

// The build inserts the hashes of the two files, so that one hash for this script covers all three.
const INTEGRITY = { module: '__WASM_INTEGRITY__', glue: '__GLUE_INTEGRITY__' };

let glue = null;

/** The exports of the module; `null` until it is loaded. */
export const loaded = () => glue;

export async function loadModule() {
  if (isElsewhere()) return never();
  const url = new URL('./element.wasm', import.meta.url);
  glue = await load('element', 'element', import.meta.url, url, INTEGRITY, () => import('./element-glue.js'));
  return glue;
}
