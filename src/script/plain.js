// What a script knows without the module: whether options are plainly right, and whether nothing waits in this tab. Then
// nobody is signed in, and the module need not be there yet.
//
// Nothing is refused here. What is not plainly right is judged by the module, which has the rules and the words for them
// (options.rs); a test holds the two together.

// Where the tab keeps what waits: a login, an answer, a sign-out at the authorizer.
const WAITING = ['pkce-login.pending.', 'pkce-login.child-window.', 'pkce-login.answer', 'pkce-login.sign-out'];

const isText = (value) => typeof value === 'string' && value.trim() !== '';
const isFlag = (value) => typeof value === 'boolean';
const isList = (value) => Array.isArray(value) && value.every(isText);
const oneOf = (...choices) => (value) => choices.includes(value);

// No option that looks beyond this page, and none that only the module can judge.
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

// https, or http on this machine; as the browser writes it, and nothing that another reader might take for something else.
function isIssuer(value) {
  const isAddress = /^https?:\/\/[a-z0-9.-]+(:[1-9][0-9]*)?(\/[A-Za-z0-9._~-]+)*\/?$/.test(value);
  if (!isAddress || value.split('/').includes('..') || value.split('/').includes('.')) return false;
  const { protocol, hostname, origin } = new URL(value);
  const isHere = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1';
  return `${value}/`.startsWith(`${origin}/`) && (protocol === 'https:' || isHere);
}

/** Whether the module would take these options. `false` says that only the module knows. */
export function isPlain(options) {
  if (typeof options !== 'object' || options === null || Object.getPrototypeOf(options) !== Object.prototype) return false;
  // An option that is left undefined is none.
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const isRight = ([name, value]) => Object.hasOwn(PLAIN, name) && PLAIN[name](value);
  return globalThis.isSecureContext === true && 'issuer' in options && 'clientId' in options && given.every(isRight);
}

/** Whether nothing in this tab waits for a page of the app. */
export function isNothingWaiting() {
  try {
    return !Object.keys(sessionStorage).some((key) => WAITING.some((prefix) => key.startsWith(prefix)));
  } catch {
    // Blocked: the module says what that means.
    return false;
  }
}

/** Calls once this page is loaded and has nothing else to do; never where the person asks the browser to save data. */
export function whenIdle(work) {
  if (navigator.connection?.saveData) return;
  const soon = () => (globalThis.requestIdleCallback ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 200));
  if (document.readyState === 'complete') soon();
  else addEventListener('load', soon, { once: true });
}
