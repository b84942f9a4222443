// Clients by their options: the same options give the same client. Importing this file does nothing, so that it can be
// imported on a server.
// @ts-check

import { isElsewhere, never } from './arrival.js';
import { Client } from './client.js';
import { asText } from './options.js';
import { isNothingWaiting, isPlain, whenIdle } from './plain.js';

/** @import { Auth, AuthOptions, DemoOptions } from './headless' */
/** @import { LoadCore } from './client.js' */

/** @type {Map<string, Promise<Auth>>} */
const known = new Map();
/** @type {(typeof fetch)[]} */
const transports = [];

/**
 * The snapshot of the client with these options.
 * @param {LoadCore} loadCore
 * @param {AuthOptions | DemoOptions} options
 * @returns {Promise<Auth>}
 */
export function create(loadCore, options) {
  // At once, before the module is loaded: the address of this page may hold an authorization response.
  if (isElsewhere()) {
    return never();
  }
  /** @type {string} */
  let text;
  /** @type {typeof fetch | undefined} */
  let transport;
  let isKnown;
  try {
    if (typeof options?.fetch === 'function') {
      ({ fetch: transport, ...options } = options);
    }
    text = asText(options ?? null);
    isKnown = isPlain(options) && isNothingWaiting();
  } catch (error) {
    return Promise.reject(error);
  }
  if (transport && !transports.includes(transport)) {
    transports.push(transport);
  }
  const key = `${transport ? transports.indexOf(transport) : -1} ${text}`;
  let auth = known.get(key);
  if (!auth) {
    // With plain options and nothing that waits in this tab, the script alone knows that the user is signed out.
    auth = isKnown ? shell(loadCore, text, transport, options.prepare) : begin(loadCore, text, transport);
    known.set(key, auth);
    auth.catch(() => known.delete(key));
  }
  return auth;
}

/**
 * @param {LoadCore} loadCore
 * @param {string} text
 * @param {typeof fetch} [transport]
 */
async function begin(loadCore, text, transport) {
  return (await connect(loadCore, text, transport)).settled;
}

/**
 * @param {LoadCore} loadCore
 * @param {string} text
 * @param {typeof fetch} [transport]
 * @param {AuthOptions['prepare']} prepare
 */
async function shell(loadCore, text, transport, prepare = 'idle') {
  const client = new Client(loadCore, text, transport);
  client.settleSignedOut();
  if (prepare === 'idle') {
    // The next call reports what went wrong.
    whenIdle(() => client.opened().catch(() => {}));
  }
  return client.settled;
}

/**
 * A client whose module is loaded. It may not be known yet who is signed in.
 * @param {LoadCore} loadCore
 * @param {string} text the options, by `asText`
 * @param {typeof fetch} [transport]
 */
export async function connect(loadCore, text, transport) {
  const client = new Client(loadCore, text, transport);
  await client.opened();
  return client;
}
