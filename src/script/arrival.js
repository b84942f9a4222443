// An answer that arrived at the app itself: a host with a fallback to index.html, or a service worker of the site, answers
// the redirect URI with the app in the place of callback.html. It is taken as that page would take it, and only if a login
// waits for it in this tab: whatever else stands in an address is the app's own. `arrival.rs` does the same in Rust.
//
// Importing this file does nothing, so that it can be imported on a server.

// What is kept in this tab: a login under way, one whose window or frame this is, the answer, and who took it.
const PENDING = 'pkce-login.pending.';
const BESIDE = 'pkce-login.child-window.';
const ANSWER = 'pkce-login.answer';
const BODY = 'pkce-login.answer.body';
const BY_APP = 'pkce-login.answer.by-app';

const ADVICE = 'pkce-login: the redirect URI is answered by the app, not by callback.html, so every script of the page could read the answer. Serve callback.html there. See docs/hosting.md, "Where the app answers the callback".';
const GONE = 'The page that asked is gone. Close this window and start again.';
const TAKEN = 'The app has the answer. You can close this window.';

// No answer has more parameters.
const MOST = 100;
const RESPONSE = ['code', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri', 'response', 'access_token', 'token_type', 'expires_in', 'id_token', 'refresh_token'];

let isLeft;

/**
 * Takes an answer out of the address, at once and the first time that it is called. `true` if this page has nothing more
 * to do: it leaves for the place that the login returns to, or is a window or a frame whose answer another page has.
 */
export function isElsewhere() {
  return (isLeft ??= globalThis.window ? take() : false);
}

/** For whoever has nothing more to do. */
export const never = () => new Promise(() => {});

function take() {
  const address = location.href;
  let found;
  try {
    found = arrival(sessionStorage, address);
  } catch {
    // Storage is blocked: no login of this tab could be kept.
    return false;
  }
  if (!found) {
    advise();
    return false;
  }
  history.replaceState(history.state, '', found.redirectUri);
  if (found.returnTo === undefined) {
    sessionStorage.removeItem(BESIDE + found.state);
    announce(address);
    return true;
  }
  sessionStorage.setItem(ANSWER, address);
  sessionStorage.removeItem(BODY);
  sessionStorage.setItem(BY_APP, '1');
  return leave(found.returnTo);
}

/** The answer that an address holds; `undefined` if no login of this tab waits for one there. Nothing is changed. */
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

function read(storage, state) {
  for (const prefix of [PENDING, BESIDE]) {
    const record = parsed(storage.getItem(prefix + state));
    if (typeof record?.redirect_uri === 'string') {
      return { state, redirectUri: record.redirect_uri, returnTo: prefix === PENDING ? String(record.return_to) : undefined };
    }
  }
  return undefined;
}

function split(address) {
  const [before, ...after] = address.split('#');
  const [page, ...query] = before.split('?');
  return { page, query: query.join('?'), fragment: after.join('#') };
}

const pairs = (text) => text.split('&').filter(Boolean);
const named = (pair) => [...new URLSearchParams(`&${pair}`)][0] ?? [''];

// In a signed answer the state is a claim. It only says which login it is for; the client checks the signature.
function claimed(text) {
  return pairs(text).slice(0, MOST).flatMap((pair) => {
    const [name, value] = named(pair);
    const state = name === 'response' ? stateIn(value) : name === 'state' && value;
    return typeof state === 'string' && state ? [state] : [];
  });
}

function stateIn(signed) {
  const octets = (signed.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
  try {
    return JSON.parse(atob(octets)).state;
  } catch {
    return undefined;
  }
}

// Whether an answer is at that redirect URI, whose own query is no part of it.
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

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Goes on where the login began; `false` if that is this page.
function leave(returnTo) {
  const { origin, href: here } = location;
  // Resolved as the browser will do it, and compared by its text: "/\t/elsewhere" is another site, too.
  let place = `${origin}/`;
  try {
    const { href } = new URL(returnTo, origin);
    if (href.startsWith(place)) {
      place = href;
    }
  } catch {
    // The start of the app will do.
  }
  if (place !== here) {
    location.replace(place);
    // A place in this page: the browser goes there and keeps the page.
    if (!place.includes('#') || place.split('#', 1)[0] !== here) {
      return true;
    }
  }
  advise();
  return false;
}

// Tells whoever looks at the console what to mend: once, and on the page that stays.
function advise() {
  try {
    if (sessionStorage.getItem(BY_APP) === null) {
      return;
    }
    sessionStorage.removeItem(BY_APP);
    console.warn(ADVICE);
  } catch {
    // Blocked: then nothing was kept here.
  }
}

// To the page that opened this window or frame.
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
    // Where a window may not close itself.
    setTimeout(say, 500, TAKEN);
  };
  channel.postMessage({ id, address, byApp: true });
}

// Says so in the place of the app.
function say(words) {
  const note = document.createElement('p');
  note.role = 'status';
  note.textContent = words;
  document.body?.replaceChildren(note);
}
