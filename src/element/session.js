// The session, shared by all elements of a page with the same authorizer and client.

import { isElsewhere } from '../script/arrival.js';
import { connect } from '../script/core.js';
import { asText } from '../script/options.js';
import { loadModule, loaded } from './module.js';

// Under this key the callback page leaves an answer for the app.
const ANSWER = 'pkce-login.answer';

const sessions = new Map();

// Whether the user just came back from the authorizer. The first call takes an answer out of the address of this page.
export function hasAnswer() {
  if (isElsewhere()) return true;
  try {
    return sessionStorage.getItem(ANSWER) !== null;
  } catch {
    // Storage is blocked, so nothing was stored.
    return false;
  }
}

// `user` identifies the element until `closeSession`.
export async function openSession(options, user) {
  const { fetch: transport, ...own } = options;
  const key = JSON.stringify([options.issuer, options.clientId, options.authorizer]);
  const text = asText(own);
  let opened = sessions.get(key);
  const isOther = () => opened && (opened.text !== text || opened.transport !== transport);
  if (isOther() && opened.users.size === 0) {
    // It began before the options changed. If unused, it is dropped.
    const isUnused = await opened.session.then((session) => session.isUnused()).catch(() => true);
    if (isUnused && opened.users.size === 0 && sessions.get(key) === opened) sessions.delete(key);
    opened = sessions.get(key);
  }
  if (isOther()) {
    console.warn('<pkce-login>: Another element on this page, or an earlier sign-in, uses the same authorizer and client with other options. The session is shared, and its options are used.');
  }
  if (!opened) {
    const made = { text, transport, users: new Set() };
    made.session = connect(async () => (await loadModule()).Core, text, transport).then((client) => new Session(client));
    opened = made;
    sessions.set(key, made);
    made.session.catch(() => sessions.get(key) === made && sessions.delete(key));
  }
  opened.users.add(user);
  return opened.session;
}

export function closeSession(user) {
  for (const { users } of sessions.values()) users.delete(user);
}

class Session {
  // The element pressed last, which shows failures.
  owner = null;
  now;
  #client;
  #listeners = new Set();

  constructor(client) {
    this.#client = client;
    client.onChange = () => {
      this.#take();
      for (const listener of [...this.#listeners]) listener();
    };
    this.#take();
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Whether no user is signed in or signing in.
  async isUnused() {
    const { isSignedIn } = await this.auth();
    return !isSignedIn && this.now.state !== 'redirecting' && this.now.state !== 'exchanging';
  }

  // The snapshot of the headless API, once the sign-in state is known.
  async auth() {
    await this.#client.settled;
    return this.#client.shown;
  }

  // Prepares what a press would wait for.
  prepare() {
    this.#client.core.prepare();
  }

  async signIn(options, popup, mayLeave) {
    const auth = await this.auth();
    if (auth.isSignedIn) {
      popup?.close();
      return;
    }
    loaded().beforeLeaving(this.#client.core, mayLeave);
    try {
      await (popup === undefined ? auth.login(options) : this.#client.loginIn(popup, options));
    } catch (error) {
      // The page cancelled the redirect, or the user came back with the Back button.
      if (!['popup_cancelled', 'came_back'].includes(error.code)) throw error;
    }
  }

  #take() {
    const { core, shown } = this.#client;
    const seen = JSON.parse(loaded().viewStateOf(core));
    const isSignedIn = seen.state === 'signed-in' && shown?.isSignedIn === true;
    const hasFailed = seen.state === 'error' || seen.state === 'denied';
    this.now = {
      ...seen,
      user: isSignedIn ? shown.user : null,
      scope: isSignedIn ? shown.scope : '',
      expiresAt: isSignedIn ? shown.expiresAt : null,
      clockIsAheadBy: isSignedIn ? shown.clockIsAheadBy : null,
      error: hasFailed ? (shown?.error ?? null) : null,
    };
  }
}
