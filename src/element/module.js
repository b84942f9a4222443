// The module of the element (WebAssembly), loaded once for all elements of a page.

import { isElsewhere, never } from '../script/arrival.js';
import { load } from '../script/core.js';

// The build puts the hashes of the two files there, so that one hash for this script covers all three.
const INTEGRITY = { module: '__WASM_INTEGRITY__', glue: '__GLUE_INTEGRITY__' };

let glue = null;

/** What the module gives; `null` until it is loaded. */
export const loaded = () => glue;

export async function loadModule() {
  if (isElsewhere()) return never();
  const url = new URL('./element.wasm', import.meta.url);
  glue = await load('element', 'element', import.meta.url, url, INTEGRITY, () => import('./element-glue.js'));
  return glue;
}
