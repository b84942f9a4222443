// Loads a WebAssembly module and its glue.
// @ts-check

import { notLoaded } from './errors.js';

/** @import { Glue } from './module' */

/** @typedef {{ module: string, glue: string }} Integrity the hashes of both files, or the placeholders of the build */

/** @type {Map<string, Promise<Glue>>} */
const loading = new Map();

/**
 * Loads a module and its glue once, and gives the exports of the glue. After a failure the next call tries again.
 * @param {string} entry the name of the script, without its ending
 * @param {string} name that of the module, and of the glue before its ending
 * @param {string} script the address of the script that loads it
 * @param {URL} url the address of the module
 * @param {Integrity} integrity
 * @param {() => Promise<Glue>} importGlue
 */
export function load(entry, name, script, url, integrity, importGlue) {
  const key = String(url);
  let loaded = loading.get(key);
  if (!loaded) {
    loaded = instantiate(entry, name, script, key, integrity, importGlue);
    loading.set(key, loaded);
    loaded.catch(() => loading.delete(key));
  }
  return loaded;
}

/** @param {string} text */
const isHash = (text) => text.startsWith('sha');

/**
 * @param {string} entry
 * @param {string} name
 * @param {string} script
 * @param {string} url
 * @param {Integrity} integrity
 * @param {() => Promise<Glue>} importGlue
 */
async function instantiate(entry, name, script, url, integrity, importGlue) {
  try {
    const [response, glue] = await Promise.all([
      // Without a hash, the glue comes from the same place as the module.
      fetch(url, isHash(integrity.module) ? { integrity: integrity.module } : {}),
      checked(entry, name, script, integrity.glue).then(importGlue),
    ]);
    if (!response.ok) {
      throw new Error(`${url} answered ${response.status}`);
    }
    await glue.default({ module_or_path: response });
    return glue;
  } catch (cause) {
    throw notLoaded(cause);
  }
}

/**
 * Has the browser check the hash of the glue. A bundler makes another file of the glue, beside a script of its own making:
 * then there is nothing to check.
 * @param {string} entry
 * @param {string} name
 * @param {string} script
 * @param {string} integrity
 */
async function checked(entry, name, script, integrity) {
  const [address = ''] = script.split(/[?#]/, 1);
  if (!isHash(integrity) || !address.endsWith(`/${entry}.js`)) {
    return;
  }
  const link = document.createElement('link');
  if (!link.relList.supports('modulepreload')) {
    return;
  }
  link.rel = 'modulepreload';
  link.integrity = integrity;
  link.href = address.replace(/[^/]*$/, `${name}-glue.js`);
  await new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      // The next try asks again.
      link.remove();
      reject(new Error(`${link.href} did not come, or is another file`));
    };
    document.head.append(link);
  });
}
