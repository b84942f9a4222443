// One client: the module behind it, and the snapshots that pages get.
// @ts-check

import { PkceError, attempt, asError, cameBack } from './errors.js';
import { fetchWithToken } from './fetch.js';
import { asText } from './options.js';
import { openWindow } from './popup.js';

/** @import { Auth, AuthBase, LoginOptions, SignedInAuth, SignedOutAuth, User } from './headless' */
/** @import { Report } from './errors.js' */
/** @import { Core, CoreClass } from './module' */

/** @typedef {(options: string) => Promise<CoreClass>} LoadCore gives the class of the module for options, as text */
/** @typedef {{ status: 'signed-out' | 'leaving', error: Report | null }} SignedOutState */
/** @typedef {{ status: 'signed-in', session: number, user: User, scope: string, expiresAt?: number, returnTo: string, clockIsAheadBy?: number }} SignedInState */

/**
 * What tells one signed-out snapshot from another.
 * @param {Report | null} error
 */
const keyOf = (error) => JSON.stringify(error ?? null);

/**
 * The claims about the person, without those that bind an ID token to one login and one set of tokens.
 * @param {User} claims
 * @returns {User}
 */
function personOf({ nonce, at_hash, c_hash, s_hash, ...claims }) {
  return /** @type {User} */ (claims);
}

export class Client {
  /**
   * The next snapshot, or the present one if no login is under way.
   * @type {Promise<Auth>}
   */
  settled;
  /**
   * Called after each change, also on the way to the next snapshot.
   * @type {(() => void) | undefined}
   */
  onChange;
  #loadCore;
  #text;
  /** @type {Core | undefined} */
  #core;
  /** @type {Promise<Core> | undefined} */
  #opening;
  /** @type {Set<(auth: Auth) => void>} */
  #listeners = new Set();
  /** @type {typeof fetch | undefined} */
  #transport;
  /** @type {(() => Promise<unknown>) | undefined} */
  #awake;
  /** @type {Auth | undefined} */
  #shown;
  /** @type {string | undefined} */
  #key;
  /** @type {(auth: Auth) => void} */
  #settle = () => {};
  /** @type {(error: unknown) => void} */
  #fail = () => {};
  #isSettled = false;
  /**
   * Logins whose page leaves, or is about to.
   * @type {Set<(error: unknown) => void>}
   */
  #leavers = new Set();
  #isLeaving = false;

  /**
   * @param {LoadCore} loadCore
   * @param {string} text the options, by `asText`
   * @param {typeof fetch} [transport]
   */
  constructor(loadCore, text, transport) {
    this.#loadCore = loadCore;
    this.#text = text;
    this.#transport = transport;
    this.settled = this.#unsettle();
  }

  /** The core, once the module is loaded. After a failure the next call tries again. */
  opened() {
    if (!this.#opening) {
      this.#opening = this.#open();
      this.#opening.catch(() => (this.#opening = undefined));
    }
    return this.#opening;
  }

  async #open() {
    const Core = await this.#loadCore(this.#text);
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

  /** Shows "signed out" where it is plain that the module would. */
  settleSignedOut() {
    this.#show(this.#signedOut({ error: null }), keyOf(null));
  }

  /**
   * @param {Auth} shown
   * @param {string} key
   */
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

  /**
   * Signs in in a window that was opened in the task of the press, perhaps before the module was loaded.
   * @param {Window | null} opened
   * @param {LoginOptions} [options]
   */
  loginIn(opened, options) {
    return this.#loginInOpened(opened, asText(options));
  }

  /**
   * @param {Window | null} opened
   * @param {string} text
   */
  async #loginInOpened(opened, text) {
    try {
      await this.#withCore((core) => core.loginInPopup(text, this.#awake?.(), opened ?? undefined));
    } catch (error) {
      opened?.close();
      throw error;
    }
  }

  /** @returns {Promise<Auth>} */
  #unsettle() {
    this.#isSettled = false;
    this.settled = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    // It may fail while no page waits for it.
    this.settled.catch(() => {});
    return this.settled;
  }

  #changed() {
    try {
      this.#take();
    } catch (error) {
      // An error thrown to the module would be lost, and the page would wait for ever.
      this.#fail(error);
    }
    this.onChange?.();
  }

  #take() {
    // Undefined before the core is there: it is asked right after.
    const text = this.#core?.snapshot();
    const now = text && JSON.parse(text);
    // On the way to the next state the last one stays: no page can do anything else.
    if (!text || !now) {
      return;
    }
    if (now.status === 'pending') {
      // A page that asks now waits for the result.
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
      const shown = isSignedIn ? this.#signedIn(now) : this.#signedOut(now);
      this.#shown = shown;
      for (const listener of [...this.#listeners]) {
        try {
          listener(shown);
        } catch (error) {
          // A fault of one listener must not keep the others from being called.
          reportError(error);
        }
      }
    }
    this.#tellLeavers(now.status === 'leaving');
    this.#isSettled = true;
    this.#settle(/** @type {Auth} */ (this.#shown));
  }

  /**
   * Rejects the logins whose page is still here, or is here again, also where its snapshot is the one from before.
   * @param {boolean} isLeaving
   */
  #tellLeavers(isLeaving) {
    if (this.#isLeaving && !isLeaving) {
      const shown = this.#shown;
      for (const reject of this.#leavers) {
        reject((shown && !shown.isSignedIn && shown.error) || cameBack());
      }
      this.#leavers.clear();
    }
    this.#isLeaving = isLeaving;
  }

  /** @returns {AuthBase} */
  #common() {
    return {
      current: () => /** @type {Auth} */ (this.#shown),
      subscribe: (listener) => {
        // The same function may be subscribed twice.
        /** @param {Auth} auth */
        const own = (auth) => listener(auth);
        this.#listeners.add(own);
        return () => void this.#listeners.delete(own);
      },
    };
  }

  /**
   * Calls at once where the module is loaded: a popup must open in the task of the press.
   * @template T
   * @param {(core: Core) => T | Promise<T>} call
   * @returns {Promise<T>}
   */
  #withCore(call) {
    return attempt(() => (this.#core ? call(this.#core) : this.opened().then(call)));
  }

  /**
   * @param {Pick<SignedOutState, 'error'>} state
   * @returns {SignedOutAuth}
   */
  #signedOut({ error }) {
    /** @type {SignedOutAuth} */
    const snapshot = {
      ...this.#common(),
      isSignedIn: false,
      error: error ? new PkceError(error) : null,
      prepare: () => this.#withCore((core) => core.prepare()),
      login: async (options) => {
        const text = asText(options);
        await this.#withCore((core) => core.login(text, this.#awake?.()));
        return this.#gone();
      },
      // Nothing is awaited before the window opens: later, browsers block it.
      loginInPopup: async (options) => {
        const text = asText(options);
        const core = this.#core;
        if (core) {
          await attempt(() => core.loginInPopup(text, this.#awake?.()));
        } else {
          await this.#loginInOpened(openWindow(), text);
        }
        return /** @type {SignedInAuth} */ (this.#shown);
      },
      loginSilently: async (options) => {
        const text = asText(options);
        const isSignedIn = await this.#withCore((core) => core.loginSilently(text, this.#awake?.()));
        return isSignedIn ? /** @type {SignedInAuth} */ (this.#shown) : null;
      },
      handleCallback: async (url) => {
        const address = url === undefined ? undefined : new URL(url, location.href).href;
        await this.#withCore((core) => core.handleCallback(address));
        // A second call finds no response while the first one exchanges the code.
        return this.settled;
      },
    };
    return Object.freeze(snapshot);
  }

  /**
   * @param {SignedInState} state
   * @returns {SignedInAuth}
   */
  #signedIn({ session, user, scope, expiresAt, returnTo, clockIsAheadBy }) {
    const core = /** @type {Core} */ (this.#core);
    /** @type {SignedInAuth} */
    const snapshot = {
      ...this.#common(),
      isSignedIn: true,
      user: Object.freeze(personOf(user)),
      scope,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt * 1000),
      returnTo,
      clockIsAheadBy: clockIsAheadBy ?? null,
      getAccessToken: (options) => attempt(() => core.accessToken(session, asText(options))),
      fetch: (input, init) => attempt(() => fetchWithToken(core, session, this.#transport, input, init)),
      userinfo: async () => JSON.parse(await attempt(() => core.userinfo(session))),
      refresh: () => attempt(() => core.refresh(session)),
      revoke: () => attempt(() => core.revoke(session)),
      logout: (options) => attempt(() => core.logout(session, asText(options))),
    };
    return Object.freeze(snapshot);
  }

  /**
   * Settles only if the browser does not leave.
   * @returns {Promise<never>}
   */
  #gone() {
    return new Promise((_, reject) => this.#leavers.add(reject));
  }
}
