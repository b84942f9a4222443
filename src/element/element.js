// The element <pkce-login>: attributes in, events out. The module (WebAssembly) draws the view and is loaded on demand.
// Until then the element shows a button that looks the same.

import { OBSERVED, PROPERTIES, configOf, isConfig, loginOf, misspelt, reflect } from './attributes.js';
import css from './element.css';
import { PkceError } from '../script/errors.js';
import { openWindow } from '../script/popup.js';
import { isNothingWaiting, whenIdle } from '../script/plain.js';
import { loadModule, loaded } from './module.js';
import { closeSession, hasAnswer, openSession } from './session.js';
import { Shell, make } from './shell.js';

const TAG = 'pkce-login';
const STATES = ['idle', 'redirecting', 'exchanging', 'signed-in', 'error'];
const OBJECTS = ['metadata', 'extraParams', 'transport', 'translations'];
const UNEXPECTED = 'unexpected';
const PREVIEW = { name: 'Ada Demo', kind: 'network' };

// Shared by all elements of the page.
let sheet;

export class PkceLoginElement extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = OBSERVED;

  #internals = this.attachInternals();
  #objects = { metadata: null, extraParams: {}, transport: null, translations: {} };
  #view = null;
  #isModule = false;
  #frame = null;
  #session = null;
  #opening = null;
  // A new object for each session, so that the result of an earlier one is not shown over a later one.
  #round = {};
  #unsubscribe = null;
  #isStale = false;
  #isPressed = false;
  #said = new Set();
  #hasBegun = false;
  #failure = null;
  #state = 'idle';
  #seen = { user: null, error: null };

  constructor() {
    super();
    const root = this.#internals.shadowRoot ?? this.attachShadow({ mode: 'open', delegatesFocus: true });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    root.adoptedStyleSheets = [sheet];
    // Clears a declarative shadow root.
    root.replaceChildren();
    for (const event of ['pointerenter', 'focusin']) {
      this.addEventListener(event, () => this.#prepare());
    }
  }

  connectedCallback() {
    // Moved, not removed: the state stays.
    if (this.#view) return;
    // At once, before the module is loaded: the address of this page may hold an answer.
    if (!this.preview) hasAnswer();
    for (const name of [...PROPERTIES, ...OBJECTS]) this.#upgrade(name);
    this.#show((root, onAction) => new Shell(root, onAction));
    this.#sync();
    // A script may set attributes after it inserts the element.
    queueMicrotask(() => this.#begin());
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected || !this.#view) return;
      this.#forget();
      this.#view.unmount();
      this.#view = null;
      this.#isModule = false;
    });
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.#view) return;
    if (isConfig(name)) this.#changed();
    else if (name === 'preview' && before && !after) this.#changed();
    else this.#sync();
  }

  get metadata() { return this.#objects.metadata; }
  set metadata(value) { this.#setObject('metadata', value ?? null); }
  get transport() { return this.#objects.transport; }
  set transport(value) { this.#setObject('transport', value ?? null); }
  get extraParams() { return this.#objects.extraParams; }
  set extraParams(value) { this.#objects.extraParams = value ?? {}; }
  get translations() { return this.#objects.translations; }
  set translations(value) {
    this.#objects.translations = value ?? {};
    this.#sync();
  }

  get state() { return this.#state; }
  get user() { return this.#session?.now.user ?? null; }
  get error() {
    const error = this.#failure ?? this.#session?.now.error;
    return error ? detailOf(error) : null;
  }

  // Begins a sign-in. Opens the popup before the first `await`: later, the browser blocks it.
  async signIn(options = {}) {
    if (this.preview) return;
    const popup = this.mode === 'popup' ? openWindow() : undefined;
    this.#failure = null;
    this.#isPressed = true;
    this.#sync();
    let round = null;
    try {
      const session = await this.#ready();
      round = this.#round;
      session.owner = this;
      const all = { ...loginOf(this), extraParams: this.extraParams, ...options };
      await session.signIn(all, popup, (url) => this.#emit('pkce-before-redirect', { url }, true));
    } catch (error) {
      popup?.close();
      // `#ready` and the session report their own errors.
      if (round === this.#round && !this.#isKnown(error)) this.#fail(error);
      throw error;
    } finally {
      this.#isPressed = false;
      this.#sync();
    }
  }

  async signOut(options) {
    const auth = await (await this.#ready()).auth();
    if (auth.isSignedIn) await this.#call(() => auth.logout(options));
  }

  getAccessToken(options) { return this.#withSession((auth) => auth.getAccessToken(options)); }
  fetch(input, init) { return this.#withSession((auth) => auth.fetch(input, init)); }
  refresh() { return this.#withSession((auth) => auth.refresh()); }
  revoke() { return this.#withSession((auth) => auth.revoke()); }

  async handleCallback(url) {
    const auth = await (await this.#ready()).auth();
    if (!auth.isSignedIn) await this.#call(() => auth.handleCallback(url));
  }

  // A property set before the element was defined hides that of the class.
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  #setObject(name, value) {
    if (this.#objects[name] === value) return;
    this.#objects[name] = value;
    this.#changed();
  }

  // Scripts set several attributes in a row: begin only one new session.
  #changed() {
    if (this.#isStale || !this.#view) return;
    this.#isStale = true;
    queueMicrotask(() => this.#renew());
  }

  #renew() {
    if (!this.#isStale) return;
    this.#isStale = false;
    if (!this.#view) return;
    // The user was signed in with the earlier attributes.
    if (this.#seen.user) this.#emit('pkce-signed-out', { reason: 'signed_out' });
    this.#forget();
    this.#sync();
    this.#begin();
  }

  #forget() {
    this.#unsubscribe?.();
    closeSession(this.#round);
    this.#round = {};
    if (this.#session?.owner === this) this.#session.owner = null;
    this.#unsubscribe = this.#session = this.#opening = this.#failure = null;
    this.#seen = { user: null, error: null };
  }

  #begin() {
    if (!this.#view) return;
    if (this.hasAttribute('client-secret')) {
      this.#complain(wrong('client_secret_refused', 'The page has a client secret.', 'Everyone who opens the page can read it. It is not used.', 'Remove the attribute, give the client a new secret, and register it as a public client.'));
    }
    const unknown = misspelt(this);
    if (unknown && this.#complain(wrong('attribute_invalid', unknown, 'The element cannot use it.', 'Correct the attribute.'), true)) this.#sync();
    if (this.authorizer === 'builtin' && this.hasAttribute('data-production')) {
      this.#fail(inProduction());
      return;
    }
    // If an answer or a stored session may exist, the user waits for it. Otherwise the shell shows the right state.
    const isLooked = this.storage !== 'memory' || this.restore !== 'none' || hasAnswer() || !isNothingWaiting();
    if (loaded() || (!this.preview && isLooked)) this.#load().catch(() => {});
    else if (this.prepare === 'idle') whenIdle(() => this.#load().catch(() => {}));
  }

  // A press is likely.
  #prepare() {
    if (!this.#view || this.prepare === 'press') return;
    this.#load().then(() => this.#session?.prepare()).catch(() => {});
  }

  // Loads the module, replaces the shell with its views, and begins the session.
  async #load() {
    if (!this.#view) return;
    await this.#getModule();
    if (!this.preview) await this.#ready();
  }

  async #getModule() {
    try {
      await loadModule();
    } catch (error) {
      if (!this.#isKnown(error)) this.#fail(Object.assign(error, { kind: 'load' }));
      throw error;
    }
    if (this.#failure?.kind === 'load') this.#failure = null;
    if (!this.#view || this.#isModule) return;
    const hadFocus = this.shadowRoot.activeElement;
    const before = this.#view;
    this.#isModule = true;
    this.#show((root, onAction) => loaded().mount(root, this.#presentation(), onAction));
    this.#sync();
    if (hadFocus) this.#frame.querySelector('[part=button]:not([hidden]), [part=user]:not([hidden])')?.focus();
    before.unmount();
  }

  // The session, begun if needed. Reports wrong attributes once.
  async #ready() {
    // A call right after an attribute was set uses the new value.
    this.#renew();
    if (this.authorizer === 'builtin' && this.hasAttribute('data-production')) {
      const error = inProduction();
      if (!this.#isKnown(error)) this.#fail(error);
      throw error;
    }
    const round = this.#round;
    const opening = (this.#opening ??= this.#open());
    try {
      const session = await opening;
      if (round === this.#round || !this.#view) return session;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      if (round === this.#round && !this.#isKnown(error)) this.#fail(error);
      if (round === this.#round || !this.#view) throw error;
    }
    // The attributes changed meanwhile: the user must not sign in with the old ones.
    return this.#ready();
  }

  async #open() {
    const round = this.#round;
    await this.#getModule();
    const { metadata, transport } = this.#objects;
    const options = { ...configOf(this), ...(metadata && { metadata }), ...(transport && { fetch: transport }) };
    const session = await openSession(options, round);
    if (round !== this.#round) closeSession(round);
    if (!this.#view || round !== this.#round || this.#session === session) return session;
    this.#session = session;
    this.#hasBegun = true;
    session.owner ??= this;
    this.#unsubscribe = session.subscribe(() => this.#sync());
    this.#sync();
    return session;
  }

  #show(make_) {
    const frame = make('div');
    frame.className = 'pkce-frame';
    this.shadowRoot.append(frame);
    const view = make_(frame, (action) => this.#press(action));
    this.#frame = frame;
    this.#view = { update: (json) => view.update(json), unmount: () => (view.unmount(), frame.remove()) };
  }

  #press(action) {
    if (this.preview) return;
    // The element shows failures.
    (action === 'sign-out' ? this.signOut() : this.signIn()).catch(() => {});
  }

  // The state to show. In a shared session, the element that was pressed shows failures.
  #shown() {
    if (this.preview) return { state: this.preview, ...PREVIEW };
    const now = this.#session?.now;
    const hasFailed = now?.state === 'error' || now?.state === 'denied';
    if (this.#failure) return { state: 'error', kind: this.#failure.kind ?? 'setup' };
    if (this.#isPressed && (!now || now.state === 'idle')) return { state: 'redirecting' };
    if (!now) return { state: hasAnswer() && !this.#hasBegun ? 'exchanging' : 'idle' };
    return hasFailed && this.#session.owner !== this ? { state: 'idle' } : now;
  }

  #presentation() {
    const { translations } = this.#objects;
    return JSON.stringify({
      ...this.#shown(),
      label: this.getAttribute('label') ?? '',
      labelLang: langOf(this),
      lang: translations.lang ?? 'en',
      variant: this.variant,
      size: this.size,
      mode: this.mode,
      disabled: this.disabled,
      demo: this.authorizer === 'builtin',
      labels: translations,
    });
  }

  // Updates the view, and dispatches events for changes.
  #sync() {
    if (!this.#view) return;
    this.#takeNews();
    this.#view.update(this.#presentation());
    const { state } = this.#shown();
    const from = this.#state;
    const to = state === 'denied' ? 'idle' : state;
    this.#state = to;
    for (const name of STATES) setState(this.#internals.states, name, name === to);
    if (from !== to && !this.preview) this.#emit('pkce-state-change', { from, to });
    this.#tellWho();
  }

  #takeNews() {
    const { now, owner } = this.#session ?? {};
    if (!now || now.error === this.#seen.error) return;
    this.#seen.error = now.error;
    if (now.error && owner === this) this.#report(now.error);
  }

  #tellWho() {
    const now = this.#session?.now;
    if (!now || now.user === this.#seen.user) return;
    const before = this.#seen.user;
    this.#seen.user = now.user;
    const { user, scope, expiresAt, clockIsAheadBy, ended } = now;
    if (user && !before) this.#emit('pkce-signed-in', { user, scope, expiresAt, clockIsAheadBy });
    if (!user) this.#emit('pkce-signed-out', { reason: ended });
  }

  async #withSession(action) {
    const auth = await (await this.#ready()).auth();
    return this.#call(() => (auth.isSignedIn ? action(auth) : Promise.reject(nobody())));
  }

  async #call(action) {
    try {
      return await action();
    } catch (error) {
      // An aborted call and an unreachable API are no failures of a sign-in.
      if (error instanceof PkceError && !this.#isKnown(error)) this.#report(error);
      throw error;
    }
  }

  // Whether it was reported already: the session and the called method give the same error.
  #isKnown(error) {
    const known = [this.#failure, this.#session?.now.error].filter(Boolean);
    return known.some((one) => one === error || (typeof one.code === 'string' && one.code === error?.code));
  }

  // Reports a mistake in the page, only once.
  #complain(error, isShown = false) {
    if (this.#said.has(error.message)) return false;
    this.#said.add(error.message);
    if (isShown) this.#failure = error;
    this.#report(error);
    return isShown;
  }

  #fail(error) {
    this.#failure = error;
    this.#report(error);
    this.#sync();
  }

  #report(error) {
    const detail = detailOf(error);
    const { message, meaning, advice, code } = detail;
    console.error(`<${TAG}>: ${[message, meaning, advice].filter(Boolean).join(' ')} (${code === UNEXPECTED ? error?.name ?? code : code})`);
    this.#emit('pkce-error', detail);
  }

  #emit(type, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, cancelable, detail }));
  }
}

reflect(PkceLoginElement.prototype);

const nobody = () => new PkceError({ code: 'signed_out', message: 'No user is signed in.', meaning: 'There is no token.', advice: 'Sign in first.', step: 'token', retryable: false });

const wrong = (code, message, meaning, advice) => new PkceError({ code, message, meaning, advice, step: 'configuration', retryable: false });

const inProduction = () => wrong('builtin_in_production', 'The built-in authorizer protects nothing, and this page says that it is in production.', 'Anyone could sign in as any user.', 'Set issuer to a real authorizer, and remove authorizer="builtin".');

// Also for foreign errors: a transport may throw anything, and browser error codes are numbers.
function detailOf(error) {
  const { code, message = String(error), meaning = '', advice = '', step = 'request', retryable = false } = error ?? {};
  return { code: typeof code === 'string' ? code : UNEXPECTED, message, meaning, advice, step, retryable };
}

// The language of the element or its ancestors, across shadow trees.
function langOf(element) {
  for (let node = element; node; node = node.getRootNode().host) {
    const around = node.closest('[lang]');
    if (around) return around.lang;
  }
  return document.documentElement.lang;
}

// Older browsers accept states only with two dashes before the name.
function setState(states, name, on) {
  try {
    if (on) states.add(name);
    else states.delete(name);
  } catch {
    // There, the page has the events.
  }
}

// Servers have no custom elements, and a second copy of this file keeps the first definition.
if (globalThis.customElements && !customElements.get(TAG)) customElements.define(TAG, PkceLoginElement);
