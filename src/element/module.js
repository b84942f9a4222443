// The module of the element (WebAssembly), loaded once for all elements of a page.

// The glue of wasm-bindgen; the packager puts it in the place of this name, and the hash of the file in the other.
import init, { mount } from '#wasm';

/* global WASM_INTEGRITY */
let loading = null;
let isLoaded = false;

export { mount };

export const isModuleLoaded = () => isLoaded;

export function loadModule() {
  loading ??= init({ module_or_path: fetch(new URL('./element.wasm', import.meta.url), { integrity: WASM_INTEGRITY }) }).then(
    () => {
      isLoaded = true;
    },
    (error) => {
      // The next press tries again.
      loading = null;
      throw error;
    },
  );
  return loading;
}
