// Checks without the module: whether options are plainly valid, and whether nothing is pending in this tab. If both
// hold, the user is signed out, and the module can load later.
//
// This file refuses nothing. The module judges all other options: it has the rules and error texts (options.rs). A test
// checks that the two agree.
// @ts-check

// Session storage prefixes of what is pending: a login, an answer, a sign-out at the authorizer.
const WAITING = ['pkce-login.pending.', 'pkce-login.child-window.', 'pkce-login.answer', 'pkce-login.sign-out'];

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */
const isText = (value) => typeof value === 'string' && value.trim() !== '';
/** @type {Check} */
const isFlag = (value) => typeof value === 'boolean';
/** @type {Check} */
const isList = (value) => Array.isArray(value) && value.every(isText);
/** @type {(...choices: string[]) => Check} */
const oneOf = (...choices) => (value) => choices.includes(value);

// Only options that concern this page alone and do not need the module to judge them.
/** @type {Record<string, Check>} */
const PLAIN = {
  issuer: isIssuer,
  clientId: isText,
  scope: isText,
  responseMode: oneOf('query', 'fragment'),
  storage: oneOf('memory'),
  restore: oneOf('none'),
  prepare: oneOf('idle', 'hover', 'press'),
  dpop: isFlag,
  pushedRequests: isFlag,
  requireIss: isFlag,
  trustedAudiences: isList,
  discovery: oneOf('openid', 'oauth'),
};

/**
 * https, or http on this machine; as the browser writes it, and not open to another reading.
 * @type {Check}
 */
function isIssuer(value) {
  const isAddress = /^https?:\/\/[a-z0-9.-]+(:[1-9][0-9]*)?(\/[A-Za-z0-9._~-]+)*\/?$/.test(value);
  if (!isAddress || value.split('/').includes('..') || value.split('/').includes('.')) return false;
  const { protocol, hostname, origin } = new URL(value);
  const isHere = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1';
  return `${value}/`.startsWith(`${origin}/`) && (protocol === 'https:' || isHere);
}

/**
 * Whether the module would accept these options. `false` means that only the module can tell.
 * @param {any} options
 */
export function isPlain(options) {
  if (typeof options !== 'object' || options === null || Object.getPrototypeOf(options) !== Object.prototype) return false;
  // An `undefined` option counts as absent.
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const has = (/** @type {string} */ wanted) => given.some(([name]) => name === wanted);
  const areRight = given.every(([name, value]) => Object.hasOwn(PLAIN, name) && PLAIN[name]?.(value));
  return globalThis.isSecureContext === true && has('issuer') && has('clientId') && areRight;
}

/** Whether nothing in this tab waits for a page of the app. */
export function isNothingWaiting() {
  try {
    return !Object.keys(sessionStorage).some((key) => WAITING.some((prefix) => key.startsWith(prefix)));
  } catch {
    // Storage is blocked; the module explains what that means.
    return false;
  }
}

/**
 * Calls `work` once the page is loaded and idle; never where the user asks the browser to save data.
 * @param {() => void} work
 */
export function whenIdle(work) {
  // Not in every browser, so TypeScript does not know them.
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  const soon = () => ('requestIdleCallback' in globalThis ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 200));
  if (document.readyState === 'complete') soon();
  else addEventListener('load', soon, { once: true });
}
