// Who is signed in, for all elements of a page that ask the same authorizer as the same client.

import { asText, connect } from '../script/core.js';
import { beforeLeaving, loadModule, shownOf } from './module.js';

// As the popup of the module.
const FEATURES = 'popup,width=480,height=640';

// Where the callback page leaves an answer for the app.
const ANSWER = 'pkce-login.answer';

const sessions = new Map();

// Whether somebody has just come back from the authorizer.
export function hasAnswer() {
  try {
    return sessionStorage.getItem(ANSWER) !== null;
  } catch {
    // Blocked: then nothing was kept here.
    return false;
  }
}

// Called in the press itself; null where the browser blocks it.
export const openWindow = () => window.open('', '_blank', FEATURES);

export async function openSession(options) {
  const { fetch: transport, ...own } = options;
  const key = JSON.stringify([options.issuer, options.clientId, options.authorizer]);
  const text = asText(own);
  let opened = sessions.get(key);
  if (opened && opened.text !== text) {
    console.warn('<pkce-login>: Another element of this page asks the same authorizer as the same client, with other options. They share its session, and its options are used.');
  }
  if (!opened) {
    opened = { text, session: connect(loadModule, text, transport).then((client) => new Session(client)) };
    sessions.set(key, opened);
    opened.session.catch(() => sessions.delete(key));
  }
  return opened.session;
}

class Session {
  // The element that was pressed last: failures are its to show.
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

  // The snapshot of the headless API, once it is known who is signed in.
  async auth() {
    await this.#client.settled;
    return this.#client.shown;
  }

  async signIn(options, popup, mayLeave) {
    const auth = await this.auth();
    if (auth.isSignedIn) {
      popup?.close();
      return;
    }
    beforeLeaving(this.#client.core, mayLeave);
    try {
      await (popup === undefined ? auth.login(options) : this.#client.loginIn(popup, options));
    } catch (error) {
      // The page itself kept the browser here.
      if (error.code !== 'popup_cancelled') throw error;
    }
  }

  #take() {
    const { core, shown } = this.#client;
    const seen = JSON.parse(shownOf(core));
    const isSignedIn = seen.state === 'signed-in' && shown?.isSignedIn === true;
    const hasFailed = seen.state === 'error' || seen.state === 'denied';
    this.now = {
      ...seen,
      user: isSignedIn ? shown.user : null,
      scope: isSignedIn ? shown.scope : '',
      expiresAt: isSignedIn ? shown.expiresAt : null,
      error: hasFailed ? (shown?.error ?? null) : null,
    };
  }
}
