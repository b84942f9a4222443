// What headless.js and element.js share: the module is loaded once, and what it tells in JSON text becomes snapshots and
// errors. Importing this file does nothing, so that it can be imported on a server.

import { isElsewhere, never } from './arrival.js';
import { isNothingWaiting, isPlain, whenIdle } from './plain.js';

/** A problem with a stable code and three sentences: what happened (`message`), what it means, what to do. */
export class PkceError extends Error {
  constructor({ code, message, meaning, advice, step, retryable, cause }) {
    super(message, cause ? { cause } : undefined);
    this.name = 'PkceError';
    this.code = code;
    this.meaning = meaning;
    this.advice = advice;
    this.step = step;
    this.retryable = retryable;
  }
}

/** The module throws JSON text; anything else is passed on as it is, as a page may abort with a text of its own. */
export function asError(thrown) {
  if (typeof thrown !== 'string') {
    return thrown;
  }
  try {
    const report = JSON.parse(thrown);
    return typeof report?.code === 'string' ? new PkceError(report) : thrown;
  } catch {
    return thrown;
  }
}

const loading = new Map();

/**
 * Loads a module and its glue once, and gives what the glue exports. A load that failed is tried again by the next call.
 * @param entry the name of the script, without its ending
 * @param name that of the module, and of the glue before its ending
 * @param script the address of the script that loads it
 * @param url the address of the module
 * @param integrity the hashes of both
 * @param importGlue imports the glue
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

const isHash = (text) => text.startsWith('sha');

async function instantiate(entry, name, script, url, integrity, importGlue) {
  try {
    const [response, glue] = await Promise.all([
      // The build puts the hash there; without it, the glue comes from the same place as the module.
      fetch(url, isHash(integrity.module) ? { integrity: integrity.module } : {}),
      checked(entry, name, script, integrity.glue).then(importGlue),
    ]);
    if (!response.ok) {
      throw new Error(`${url} answered ${response.status}`);
    }
    await glue.default({ module_or_path: response });
    return glue;
  } catch (cause) {
    throw new PkceError({
      code: 'module_not_loaded',
      message: 'The sign-in could not be loaded.',
      meaning: 'Its WebAssembly file did not come, is not the one that belongs to this script, or this page may not run it.',
      advice: 'Check that the file lies beside the script and that the page’s policy has wasm-unsafe-eval. Then reload.',
      step: 'load',
      retryable: true,
      cause,
    });
  }
}

// Has the browser check the glue. A bundler makes another file of it, beside a script of its own making.
async function checked(entry, name, script, integrity) {
  const [address] = script.split(/[?#]/, 1);
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
      // The next try asks anew.
      link.remove();
      reject(new Error(`${link.href} did not come, or is another file`));
    };
    document.head.append(link);
  });
}

/** Options as JSON text. What JSON would drop or change without a word is marked, so that it is refused. */
export function asText(options = {}) {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  // In one order, as the text also tells whether two calls mean the same.
  const sorted = isObject ? Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
  return JSON.stringify(sorted, (_, value) => {
    const isLost = ['function', 'symbol', 'bigint'].includes(typeof value);
    if (isLost || (typeof value === 'number' && !Number.isFinite(value))) {
      return { $: isLost ? typeof value : 'number without an end' };
    }
    return value;
  });
}

const known = new Map();
const transports = [];

/**
 * One client for each set of options: the same options give the same promise.
 * @param ready gives the class `Core` of the module for these options, as text
 */
export function create(ready, options) {
  // At once, before the module is loaded: an answer may stand in the address of this page.
  if (isElsewhere()) {
    return never();
  }
  let text;
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
  const key = `${transports.indexOf(transport)} ${text}`;
  let auth = known.get(key);
  if (!auth) {
    // Then it is known without the module that nobody is signed in.
    auth = isKnown ? shell(ready, text, transport, options.prepare) : begin(ready, text, transport);
    known.set(key, auth);
    auth.catch(() => known.delete(key));
  }
  return auth;
}

async function begin(ready, text, transport) {
  return (await connect(ready, text, transport)).settled;
}

async function shell(ready, text, transport, prepare = 'idle') {
  const client = new Client(ready, text, transport);
  client.settleSignedOut();
  if (prepare === 'idle') {
    // What goes wrong is told to whoever calls something.
    whenIdle(() => client.opened().catch(() => {}));
  }
  return client.settled;
}

/**
 * A client, before it is known who is signed in.
 * @param ready gives the class `Core` of the module for these options, as text
 * @param text the options, by `asText`
 */
export async function connect(ready, text, transport) {
  const client = new Client(ready, text, transport);
  await client.opened();
  return client;
}

// What tells one signed-out snapshot from another.
const keyOf = (error) => JSON.stringify(error ?? null);

// The claims about the person: not what ties an ID token to one login and one set of tokens.
function personOf({ nonce, at_hash, c_hash, s_hash, ...claims }) {
  return claims;
}

class Client {
  // The next snapshot, or the one that is shown if nothing is under way.
  settled;
  // Called whenever something changed, also on the way to the next snapshot.
  onChange;
  #ready;
  #text;
  #core;
  #opening;
  #listeners = new Set();
  #transport;
  #awake;
  #shown;
  #key;
  #settle;
  #fail;
  #isSettled = false;
  // Those whose login has left, or is about to.
  #leavers = new Set();
  #isLeaving = false;

  constructor(ready, text, transport) {
    this.#ready = ready;
    this.#text = text;
    this.#transport = transport;
    this.#unsettle();
  }

  /** The core, once the module is there. What went wrong is tried again by the next call. */
  opened() {
    if (!this.#opening) {
      this.#opening = this.#open();
      this.#opening.catch(() => (this.#opening = undefined));
    }
    return this.#opening;
  }

  async #open() {
    const Core = await this.#ready(this.#text);
    try {
      const base = Core.check(this.#text);
      if (base) {
        const { start } = await import('./builtin.js');
        const { fetch, awake } = start(base, this.#transport);
        this.#transport = fetch;
        this.#awake = awake;
      }
      if (this.#transport) {
        Core.useFetch(this.#transport);
      }
      this.#core = await Core.open(this.#text, () => this.#changed());
    } catch (error) {
      throw asError(error);
    }
    this.#changed();
    return this.#core;
  }

  // What the module would say, where it is plain that it would.
  settleSignedOut() {
    this.#show(this.#signedOut({ error: null }), keyOf(null));
  }

  #show(shown, key) {
    this.#key = key;
    this.#shown = shown;
    this.#isSettled = true;
    this.#settle(shown);
  }

  get core() {
    return this.#core;
  }

  get shown() {
    return this.#shown;
  }

  /** In a window that was opened in the press, maybe before the module was there. */
  loginIn(opened, options) {
    return this.#loginInOpened(opened, asText(options));
  }

  async #loginInOpened(opened, text) {
    try {
      await this.#withCore((core) => core.loginInPopup(text, this.#awake?.(), opened ?? undefined));
    } catch (error) {
      opened?.close();
      throw error;
    }
  }

  #unsettle() {
    this.#isSettled = false;
    this.settled = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    // It may come to nothing while nobody waits.
    this.settled.catch(() => {});
  }

  #changed() {
    try {
      this.#take();
    } catch (error) {
      // Thrown to the module it would be lost, and whoever waits would wait for ever.
      this.#fail(error);
    }
    this.onChange?.();
  }

  #take() {
    // Told of before the core is in our hands: asked for right after.
    const text = this.#core?.snapshot();
    const now = text && JSON.parse(text);
    // On the way to the next state the last one is shown on: nobody can do anything else.
    if (!now) {
      return;
    }
    if (now.status === 'pending') {
      // Whoever asks now waits for what becomes of it.
      if (this.#isSettled) {
        this.#unsettle();
      }
      return;
    }
    const isSignedIn = now.status === 'signed-in';
    const key = isSignedIn ? text : keyOf(now.error);
    // The first one is new whatever it says.
    if (!this.#shown || key !== this.#key) {
      this.#key = key;
      this.#shown = isSignedIn ? this.#signedIn(now) : this.#signedOut(now);
      for (const listener of [...this.#listeners]) {
        try {
          listener(this.#shown);
        } catch (error) {
          // The page's own fault must not keep the others from being told.
          reportError(error);
        }
      }
    }
    this.#tellLeavers(now.status === 'leaving');
    this.#isSettled = true;
    this.#settle(this.#shown);
  }

  // The page that was left is here still, or again: also where its snapshot is the one from before.
  #tellLeavers(isLeaving) {
    if (this.#isLeaving && !isLeaving) {
      for (const reject of this.#leavers) {
        reject(this.#shown.error ?? cameBack());
      }
      this.#leavers.clear();
    }
    this.#isLeaving = isLeaving;
  }

  #common() {
    return {
      current: () => this.#shown,
      subscribe: (listener) => {
        const own = (auth) => listener(auth);
        this.#listeners.add(own);
        return () => this.#listeners.delete(own) && undefined;
      },
    };
  }

  // Calls at once where the module is there, as what opens a window must not wait.
  #withCore(call) {
    return attempt(() => (this.#core ? call(this.#core) : this.opened().then(call)));
  }

  #signedOut({ error }) {
    return Object.freeze({
      ...this.#common(),
      isSignedIn: false,
      error: error ? new PkceError(error) : null,
      prepare: async () => {
        await this.#withCore((core) => core.prepare());
      },
      login: async (options) => {
        const text = asText(options);
        await this.#withCore((core) => core.login(text, this.#awake?.()));
        return this.#gone();
      },
      // Nothing is awaited before it, or the browser takes the window for an advertisement.
      loginInPopup: async (options) => {
        const text = asText(options);
        if (this.#core) {
          await attempt(() => this.#core.loginInPopup(text, this.#awake?.()));
        } else {
          await this.#loginInOpened(openWindow(), text);
        }
        return this.#shown;
      },
      loginSilently: async (options) => {
        const text = asText(options);
        const isSignedIn = await this.#withCore((core) => core.loginSilently(text, this.#awake?.()));
        return isSignedIn ? this.#shown : null;
      },
      handleCallback: async (url) => {
        const address = url === undefined ? undefined : new URL(url, location.href).href;
        await this.#withCore((core) => core.handleCallback(address));
        // Called twice, the second call finds no answer while the first one exchanges it.
        return this.settled;
      },
    });
  }

  #signedIn({ session, user, scope, expiresAt, returnTo, clockIsAheadBy }) {
    const core = this.#core;
    return Object.freeze({
      ...this.#common(),
      isSignedIn: true,
      user: Object.freeze(personOf(user)),
      scope,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt * 1000),
      returnTo,
      clockIsAheadBy: clockIsAheadBy ?? null,
      getAccessToken: (options) => attempt(() => core.accessToken(session, asText(options))),
      fetch: (input, init) => attempt(() => this.#fetch(session, input, init)),
      userinfo: async () => JSON.parse(await attempt(() => core.userinfo(session))),
      refresh: () => attempt(() => core.refresh(session)),
      revoke: () => attempt(() => core.revoke(session)),
      logout: (options) => attempt(() => core.logout(session, asText(options))),
    });
  }

  /** The browser leaves. This ends only if it does not. */
  #gone() {
    return new Promise((_, reject) => this.#leavers.add(reject));
  }

  async #fetch(session, input, init) {
    const send = this.#transport ?? fetch;
    const url = new URL(input instanceof Request ? input.url : input, document.baseURI);
    if (!this.#core.mayCall(session, `${url.origin}/`)) {
      return send(input, init);
    }
    // A body can be read once, and the API may want the request a second time.
    let next = new Request(input, init);
    // Both were read from what the page gave, which may have said something else the second time.
    const target = new URL(next.url);
    if (target.origin !== url.origin || !next.url.startsWith(`${url.origin}/`)) {
      throw new TypeError('The address of the request is not clear.');
    }
    const isDressed = ['authorization', 'dpop'].some((name) => next.headers.has(name));
    const call = this.#core.call(session, next.method, target.origin + target.pathname, isDressed);
    try {
      for (;;) {
        const request = next;
        next = request.clone();
        const headers = new Headers(request.headers);
        for (const [name, value] of Object.entries(JSON.parse(await call.headers()))) {
          headers.set(name, value);
        }
        // The browser's own fetch leaves the token out where the origin changes; no other transport has to. A proof names
        // the address that it is for, so with DPoP nothing is followed.
        const mayFollow = !this.#transport && !headers.has('dpop');
        const redirect = request.redirect === 'follow' && !mayFollow ? 'manual' : request.redirect;
        // Not taken over from a request that is changed.
        const { referrer, referrerPolicy } = request;
        const response = await send(new Request(request, { headers, redirect, referrer, referrerPolicy }));
        const isElsewhere = response.redirected && !(mayFollow && this.#core.mayCall(session, `${new URL(response.url).origin}/`));
        if ((response.type === 'opaqueredirect' && request.redirect === 'follow') || isElsewhere) {
          await response.body?.cancel();
          throw redirected(!mayFollow);
        }
        const header = (name) => response.headers.get(name) ?? undefined;
        const date = Date.parse(header('date')) / 1000;
        if (!(await call.judge(response.status, header('www-authenticate'), header('dpop-nonce'), date))) {
          return response;
        }
        await response.body?.cancel();
      }
    } finally {
      call.free();
      // What was kept for a second time is not needed any more.
      next.body?.cancel().catch(() => {});
    }
  }
}

function cameBack() {
  return new PkceError({
    code: 'came_back',
    message: 'The page is shown again, without an answer to this sign-in.',
    meaning: 'The person came back from the authorizer before it was over.',
    advice: 'Start again if you still want to sign in.',
    step: 'request',
    retryable: true,
  });
}

function redirected(isKept) {
  return new PkceError({
    code: 'redirected',
    message: 'The API sends the request elsewhere.',
    meaning: isKept
      ? 'The token may go to the address that the app calls only, so the redirect was not followed.'
      : 'What answered in the end is no API of this app. The access token did not go there, and the answer was not used.',
    advice: 'Call the address that it leads to, and name its origin in apiOrigins.',
    step: 'api',
    retryable: false,
  });
}

// As the popup of the module.
const FEATURES = 'popup,width=480,height=640';

/** Called in the press itself; `null` where the browser blocks it. */
export const openWindow = () => window.open('', '_blank', FEATURES);

/** Calls at once, as what opens a window must not wait. */
async function attempt(call) {
  try {
    return await call();
  } catch (error) {
    throw asError(error);
  }
}
