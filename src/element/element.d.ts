// Made from custom-elements.json: change that one, then run `UPDATE=1 cargo test --test embed`.

import type { LoginOptions, Step, User } from './headless.js';

/** What the element is doing. */
export type PkceLoginState = 'idle' | 'redirecting' | 'exchanging' | 'signed-in' | 'error';

/** Why something failed: a stable code, what happened, what it means, what to do, the step of the flow, and whether a retry may succeed. */
export type PkceLoginProblem = { code: string; message: string; meaning: string; advice: string; step: Step; retryable: boolean };

/** The texts of the element by key, and their language tag. */
export type PkceTranslations = Record<'lang' | 'signIn' | 'redirecting' | 'waiting' | 'exchanging' | 'tryAgain' | 'signedIn' | 'signOut' | 'demo' | 'cancelled' | 'denied' | 'network' | 'storage' | 'popup' | 'setup' | 'expired' | 'refused' | 'rejected', string>;

/** The element's own events. They bubble, and leave shadow trees. */
export interface PkceLoginEventMap {
  /** Before the page or the popup goes to the authorizer. `url` is the address, without `state`, `nonce` and challenge. `preventDefault()` cancels the redirect. */
  'pkce-before-redirect': CustomEvent<{ url: string }>;
  /** The element changes its state. */
  'pkce-state-change': CustomEvent<{ from: PkceLoginState; to: PkceLoginState }>;
  /** The user is signed in: after a sign-in, or from a persisted session. `clockIsAheadBy` is the number of seconds by which the clock of this device is ahead of that of the authorizer, if known. */
  'pkce-signed-in': CustomEvent<{ user: User; scope: string; expiresAt: Date | null; clockIsAheadBy: number | null }>;
  /** The user is no longer signed in: the user signed out in this or another tab, the authorizer ended the session, or the tokens expired and cannot be renewed. */
  'pkce-signed-out': CustomEvent<{ reason: 'signed_out' | 'session_ended' }>;
  /** A sign-in or a method call failed. The full text also goes to the console. */
  'pkce-error': CustomEvent<PkceLoginProblem>;
}

/** Signs users in from a page without a server, with OAuth 2.0, OpenID Connect and PKCE. Tokens stay out of attributes, properties and events. */
export class PkceLoginElement extends HTMLElement {
  /** The issuer, exactly as the authorizer writes it. Required unless `authorizer` is `builtin`. */
  issuer: string;
  /** The client identifier that the authorizer gave to this app. Optional if `authorizer` is `builtin`. The client must be public: there is no attribute for a secret; the element ignores one and logs to the console. */
  clientId: string;
  /** The address of the callback page on this origin, exactly as registered at the authorizer. If the page has a `<base>`, the default is `callback.html` in its directory. */
  redirectUri: string;
  /** The scopes to request, separated by spaces. */
  scope: string;
  /** Whether the page itself goes to the authorizer, or a popup. */
  mode: 'redirect' | 'popup';
  /** How the answer arrives. `form_post` needs the callback worker beside the callback page, and does not work with the built-in authorizer. */
  responseMode: 'query' | 'fragment' | 'form_post';
  /** How the authorizer prompts the user, for example `login` or `select_account`. */
  prompt: string;
  /** The account that the authorizer may suggest: a name that the page already knows. */
  loginHint: string;
  /** The languages for the pages of the authorizer: language tags separated by spaces, the best first. */
  uiLocales: string;
  /** The API that the access token is for: an absolute URL (RFC 8707). */
  resource: string;
  /** `builtin` starts an authorizer in this browser, for demos, in place of `issuer`. It knows two people and one client, `pkce-login-demo`, and protects nothing. The element shows the word Demo, and refuses if it has the attribute `data-production`. */
  authorizer: '' | 'builtin';
  /** Where tokens are stored between pages: nowhere, in this tab, or on this device for every tab of the origin. `device` needs `dpop`. Any script of the page can read them in each place. */
  storage: 'memory' | 'session' | 'device';
  /** What happens when a page opens signed out: nothing, or the element asks the authorizer without showing anything, in a hidden frame (same site only, in most browsers) or by a redirect there and back. */
  restore: 'none' | 'frame' | 'redirect';
  /** When the element fetches authorizer metadata and keys, so that a press does not wait: once the page is shown and idle, when the pointer or the focus reaches the button, or at the press. */
  prepare: 'idle' | 'hover' | 'press';
  /** Binds the code and the tokens to a key that cannot leave this browser (RFC 9449). The client then refuses tokens that are not bound. */
  dpop: boolean;
  /** Refuses answers that do not name their issuer (RFC 9207). Set it where a page uses several authorizers. */
  requireIss: boolean;
  /** Other audiences that an ID token may name beside this app: client IDs separated by spaces. An error of a method with the code `aud_untrusted` lists the audiences in its `cause`. */
  trustedAudiences: string;
  /** Which address the element asks for authorizer metadata first: OpenID Connect Discovery or RFC 8414. After a 404 it asks the second. */
  discovery: 'openid' | 'oauth';
  /** The origins to which `fetch` sends the access token, separated by spaces, like `https://api.example`. */
  apiOrigins: string;
  /** The text of the button. The default slot can hold more than text. */
  label: string;
  /** How much the button stands out. */
  variant: 'solid' | 'outline' | 'text';
  /** The height of the controls: `--pkce-height` for `m`, 8 CSS pixels less for `s`, 8 more for `l`. */
  size: 's' | 'm' | 'l';
  /** Disables the button. */
  disabled: boolean;
  /** Shows a state without doing anything: for style guides, documents and tests. */
  preview: '' | 'idle' | 'redirecting' | 'exchanging' | 'signed-in' | 'error' | 'denied';
  /** The authorizer metadata (RFC 8414), for an authorizer that does not publish it. Skips discovery. */
  metadata: object | null;
  /** Additional parameters of the authorization request. The client refuses those that it sets itself. */
  extraParams: Record<string, string>;
  /** Replaces `fetch` for requests to the authorizer and to APIs. The whole page has one. */
  transport: typeof fetch | null;
  /** Texts in place of the built-in ones, and their language. The exports of `locales/de.js` and `locales/ja.js` fit. */
  translations: Partial<PkceTranslations>;
  /** What the element is doing. */
  readonly state: PkceLoginState;
  /** The signed-in user: the verified claims of the ID token. `sub` is always present; the name may be missing. */
  readonly user: User | null;
  /** Why the last sign-in failed, or null. */
  readonly error: PkceLoginProblem | null;
  /** Begins a sign-in, as the button does. With a popup, the promise resolves when the user is signed in; with a redirect, it stays pending while the browser leaves. For a popup, call it in a click handler, or the browser blocks the window. */
  signIn(options?: LoginOptions): Promise<void>;
  /** Deletes the tokens in every tab that shares them, and revokes them if the authorizer supports it. */
  signOut(options?: { atAuthorizer?: boolean; returnTo?: string }): Promise<void>;
  /** Returns the access token, renewed if needed. Rejects with a `PkceError` if the user is signed out. */
  getAccessToken(options?: { minValidity?: number }): Promise<string>;
  /** Sends a request. Adds the access token only if its origin is one of `api-origins`; all others are plain requests. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Takes an answer that arrived on this page and not on the callback page. Everything that this page loads can see the code, so use the callback page where you can. */
  handleCallback(url?: string): Promise<void>;
  /** Renews the tokens now. */
  refresh(): Promise<void>;
  /** Revokes the tokens at the authorizer, and deletes them in every tab that shares them. */
  revoke(): Promise<void>;
  addEventListener<K extends keyof PkceLoginEventMap>(type: K, listener: (this: PkceLoginElement, event: PkceLoginEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: PkceLoginElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof PkceLoginEventMap>(type: K, listener: (this: PkceLoginElement, event: PkceLoginEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: PkceLoginElement, event: HTMLElementEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

/** What may stand in the tag in JSX: attributes, properties, and listeners as React and Preact (`on…`), or Solid (`on:…`) want them. */
export interface PkceLoginProps {
  issuer?: string;
  'client-id'?: string;
  'redirect-uri'?: string;
  scope?: string;
  mode?: 'redirect' | 'popup';
  'response-mode'?: 'query' | 'fragment' | 'form_post';
  prompt?: string;
  'login-hint'?: string;
  'ui-locales'?: string;
  resource?: string;
  authorizer?: '' | 'builtin';
  storage?: 'memory' | 'session' | 'device';
  restore?: 'none' | 'frame' | 'redirect';
  prepare?: 'idle' | 'hover' | 'press';
  dpop?: boolean;
  'require-iss'?: boolean;
  'trusted-audiences'?: string;
  discovery?: 'openid' | 'oauth';
  'api-origins'?: string;
  label?: string;
  variant?: 'solid' | 'outline' | 'text';
  size?: 's' | 'm' | 'l';
  lang?: string;
  disabled?: boolean;
  preview?: '' | 'idle' | 'redirecting' | 'exchanging' | 'signed-in' | 'error' | 'denied';
  clientId?: string;
  redirectUri?: string;
  responseMode?: 'query' | 'fragment' | 'form_post';
  loginHint?: string;
  uiLocales?: string;
  requireIss?: boolean;
  trustedAudiences?: string;
  apiOrigins?: string;
  metadata?: object | null;
  extraParams?: Record<string, string>;
  transport?: typeof fetch | null;
  translations?: Partial<PkceTranslations>;
  'onpkce-before-redirect'?: (event: PkceLoginEventMap['pkce-before-redirect']) => void;
  'onpkce-state-change'?: (event: PkceLoginEventMap['pkce-state-change']) => void;
  'onpkce-signed-in'?: (event: PkceLoginEventMap['pkce-signed-in']) => void;
  'onpkce-signed-out'?: (event: PkceLoginEventMap['pkce-signed-out']) => void;
  'onpkce-error'?: (event: PkceLoginEventMap['pkce-error']) => void;
  'on:pkce-before-redirect'?: (event: PkceLoginEventMap['pkce-before-redirect']) => void;
  'on:pkce-state-change'?: (event: PkceLoginEventMap['pkce-state-change']) => void;
  'on:pkce-signed-in'?: (event: PkceLoginEventMap['pkce-signed-in']) => void;
  'on:pkce-signed-out'?: (event: PkceLoginEventMap['pkce-signed-out']) => void;
  'on:pkce-error'?: (event: PkceLoginEventMap['pkce-error']) => void;
  children?: unknown;
  class?: string;
  className?: string;
  hidden?: boolean;
  id?: string;
  key?: string | number | bigint | null;
  ref?: PkceLoginElement | { current: PkceLoginElement | null } | ((element: PkceLoginElement | null) => void) | null;
  slot?: string;
  style?: unknown;
  title?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    'pkce-login': PkceLoginElement;
  }
  namespace JSX {
    interface IntrinsicElements {
      'pkce-login': PkceLoginProps;
    }
  }
}

// @ts-ignore: React need not be there.
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'pkce-login': PkceLoginProps;
    }
  }
}

// @ts-ignore: Preact need not be there.
declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'pkce-login': PkceLoginProps;
    }
  }
}

// @ts-ignore: Solid need not be there.
declare module 'solid-js/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      'pkce-login': PkceLoginProps;
    }
  }
}
