// An answer that arrived at the app: a host with a fallback to index.html, or a service worker of the site, serves the
// app at the redirect URI in place of callback.html. This file takes the answer as that page does, and only if a login
// of this tab waits for it: all else in an address belongs to the app. `arrival.rs` does the same in Rust.
//
// Importing this file does nothing, so a server can import it.

// Keys in session storage: a login under way, a login in this popup or frame, the answer, and that the app took it.
const PENDING = 'pkce-login.pending.';
const CHILD_WINDOW = 'pkce-login.child-window.';
const ANSWER = 'pkce-login.answer';
const BODY = 'pkce-login.answer.body';
const BY_APP = 'pkce-login.answer.by-app';

const ADVICE = 'pkce-login: the redirect URI is answered by the app, not by callback.html, so every script of the page could read the answer. Serve callback.html there. See docs/hosting.md, "Where the app answers the callback".';
const GONE = 'The page that asked is gone. Close this window and start again.';
const TAKEN = 'The app has the answer. You can close this window.';

// The largest number of parameters of an answer.
const MOST = 100;
const RESPONSE = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri', 'response', 'access_token', 'token_type', 'expires_in', 'id_token', 'refresh_token'];

/** @typedef {{ state: string, redirectUri: string, returnTo: string | undefined }} Arrival */
/** @typedef {{ page: string, query: string, fragment: string }} Parts */

/** @type {boolean | undefined} */
let isLeft;

/**
 * Takes an answer out of the address, at once and on the first call only. `true` if this page has nothing more to do:
 * it leaves for the address that the login returns to, or is a popup or hidden frame whose answer another page has.
 */
export function isElsewhere() {
  return (isLeft ??= globalThis.window ? take() : false);
}

/**
 * For a page that has nothing more to do.
 * @returns {Promise<never>}
 */
export const never = () => new Promise(() => {});

function take() {
  const address = location.href;
  let found;
  try {
    found = arrival(sessionStorage, address);
  } catch {
    // Storage is blocked, so this tab stored no login.
    return false;
  }
  if (!found) {
    advise();
    return false;
  }
  history.replaceState(history.state, '', found.redirectUri);
  if (found.returnTo === undefined) {
    sessionStorage.removeItem(CHILD_WINDOW + found.state);
    announce(address);
    return true;
  }
  sessionStorage.setItem(ANSWER, address);
  sessionStorage.removeItem(BODY);
  sessionStorage.setItem(BY_APP, '1');
  return leave(found.returnTo);
}

/**
 * The login of this tab that waits for the answer in an address, or `undefined`. Changes nothing.
 * @param {Storage} storage
 * @param {string} address
 * @returns {Arrival | undefined}
 */
export function arrival(storage, address) {
  const { page, query, fragment } = split(address);
  for (const state of [query, fragment].flatMap(claimed)) {
    const waiting = read(storage, state);
    if (waiting && isAt(waiting.redirectUri, page, query, fragment)) {
      return waiting;
    }
  }
  return undefined;
}

/**
 * @param {Storage} storage
 * @param {string} state
 * @returns {Arrival | undefined}
 */
function read(storage, state) {
  for (const prefix of [PENDING, CHILD_WINDOW]) {
    const record = parsed(storage.getItem(prefix + state));
    if (typeof record?.redirect_uri === 'string') {
      return { state, redirectUri: record.redirect_uri, returnTo: prefix === PENDING ? String(record.return_to) : undefined };
    }
  }
  return undefined;
}

/**
 * @param {string} address
 * @returns {Parts}
 */
function split(address) {
  const [before = '', ...after] = address.split('#');
  const [page = '', ...query] = before.split('?');
  return { page, query: query.join('?'), fragment: after.join('#') };
}

/** @param {string} text */
const pairs = (text) => text.split('&').filter(Boolean);
/**
 * @param {string} pair
 * @returns {[string, string]}
 */
const named = (pair) => [...new URLSearchParams(`&${pair}`)][0] ?? ['', ''];

/**
 * In a signed answer the state is a claim. It only selects the login; the client checks the signature.
 * @param {string} text
 * @returns {string[]}
 */
function claimed(text) {
  return pairs(text).slice(0, MOST).flatMap((pair) => {
    const [name, value] = named(pair);
    const state = name === 'response' ? stateIn(value) : name === 'state' && value;
    return typeof state === 'string' && state ? [state] : [];
  });
}

/**
 * @param {string} signed
 * @returns {unknown}
 */
function stateIn(signed) {
  const octets = (signed.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
  try {
    return JSON.parse(atob(octets)).state;
  } catch {
    return undefined;
  }
}

/**
 * Whether an answer is at that redirect URI. The query of the redirect URI is not part of the answer.
 * @param {string} redirectUri
 * @param {string} page
 * @param {string} query
 * @param {string} fragment
 */
function isAt(redirectUri, page, query, fragment) {
  const expected = split(redirectUri);
  if (page !== expected.page) {
    return false;
  }
  const left = pairs(query);
  for (const own of pairs(expected.query)) {
    const at = left.indexOf(own);
    if (at < 0) {
      return false;
    }
    left.splice(at, 1);
  }
  return [...left, ...pairs(fragment)].some((pair) => pair.includes('=') && RESPONSE.includes(named(pair)[0]));
}

/** @param {string | null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Goes to the address that the login returns to; `false` if that is this page.
 * @param {string} returnTo
 */
function leave(returnTo) {
  const { origin, href: here } = location;
  // Resolved as the browser resolves it, and compared as text: "/\t/elsewhere" is another site, too.
  let place = `${origin}/`;
  try {
    const { href } = new URL(returnTo, origin);
    if (href.startsWith(place)) {
      place = href;
    }
  } catch {
    // The start page of the app is the fallback.
  }
  if (place !== here) {
    location.replace(place);
    // If only the fragment differs, the browser keeps this page.
    if (!place.includes('#') || place.split('#', 1)[0] !== here) {
      return true;
    }
  }
  advise();
  return false;
}

// Warns in the console what to fix: once, and on the page that stays.
function advise() {
  try {
    if (sessionStorage.getItem(BY_APP) === null) {
      return;
    }
    sessionStorage.removeItem(BY_APP);
    console.warn(ADVICE);
  } catch {
    // Storage is blocked, so nothing was stored.
  }
}

/**
 * Sends the answer to the page that opened this popup or hidden frame.
 * @param {string} address
 */
function announce(address) {
  const channel = new BroadcastChannel(ANSWER);
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const unheard = setTimeout(say, 5000, GONE);
  channel.onmessage = ({ origin, data }) => {
    if (origin !== location.origin || data?.taken !== id) {
      return;
    }
    clearTimeout(unheard);
    window.close();
    // In case the window may not close itself.
    setTimeout(say, 500, TAKEN);
  };
  channel.postMessage({ id, address, byApp: true });
}

/**
 * Shows a text in place of the app.
 * @param {string} text
 */
function say(text) {
  const note = document.createElement('p');
  note.role = 'status';
  note.textContent = text;
  document.body?.replaceChildren(note);
}
