// Made from custom-elements.json: change that one, then run `UPDATE=1 cargo test --test embed`.

import type { LoginOptions, Step, User } from './headless.js';

/** What the element is doing. */
export type PkceLoginState = 'idle' | 'redirecting' | 'exchanging' | 'signed-in' | 'error';

/** Why something failed: a code that stays the same, what happened, what it means, what to do, where in the flow, and whether the same may work at the next try. */
export type PkceLoginProblem = { code: string; message: string; meaning: string; advice: string; step: Step; retryable: boolean };

/** The element's words by their keys, and the tag of their language. */
export type PkceTranslations = Record<'lang' | 'signIn' | 'redirecting' | 'waiting' | 'exchanging' | 'tryAgain' | 'signedIn' | 'signOut' | 'demo' | 'cancelled' | 'denied' | 'network' | 'storage' | 'popup' | 'setup' | 'expired' | 'refused' | 'rejected', string>;

/** The element's own events. They bubble, and leave shadow trees. */
export interface PkceLoginEventMap {
  /** Before the browser, or the popup, goes to the authorizer. `url` is where to, without `state`, `nonce` and challenge. `preventDefault()` keeps it here. */
  'pkce-before-redirect': CustomEvent<{ url: string }>;
  /** The element does something else than before. */
  'pkce-state-change': CustomEvent<{ from: PkceLoginState; to: PkceLoginState }>;
  /** Somebody is signed in: after a sign-in, or because a session was kept. `clockIsAheadBy` says by how many seconds the clock of this device is ahead of the authorizer's, where something said so. */
  'pkce-signed-in': CustomEvent<{ user: User; scope: string; expiresAt: Date | null; clockIsAheadBy: number | null }>;
  /** Nobody is signed in any longer: somebody signed out, in this tab or another, the authorizer ended the session, or the tokens ended and cannot be renewed. */
  'pkce-signed-out': CustomEvent<{ reason: 'signed_out' | 'session_ended' }>;
  /** A sign-in, or a call of a method, failed. The full text goes to the console, too. */
  'pkce-error': CustomEvent<PkceLoginProblem>;
}

/** Signs people in from a page that has no server: OAuth 2.0 and OpenID Connect with PKCE. The tokens stay out of attributes, properties and events. */
export class PkceLoginElement extends HTMLElement {
  /** The authorizer's issuer, exactly as it writes it. Needed, unless `authorizer` is `builtin`. */
  issuer: string;
  /** The client identifier that the authorizer gave to this app. It may be left out where `authorizer` is `builtin`. The client must be public: there is no attribute for a secret, and one that is set is ignored with a line in the console. */
  clientId: string;
  /** The callback page, exactly as registered there: an address of this origin. Where the page has a `<base>`, the default is `callback.html` beside that. */
  redirectUri: string;
  /** What to ask for: words separated by spaces. */
  scope: string;
  /** Whether the page itself goes to the authorizer, or a window beside it. */
  mode: 'redirect' | 'popup';
  /** Where the answer arrives. `form_post` needs the callback worker beside the callback page, and is not for the built-in authorizer. */
  responseMode: 'query' | 'fragment' | 'form_post';
  /** How the authorizer is to ask, for example `login` or `select_account`. */
  prompt: string;
  /** Whom the authorizer may suggest: an account name that the page already knows. */
  loginHint: string;
  /** In which languages the authorizer is to speak: language tags separated by spaces, the best first. */
  uiLocales: string;
  /** The API that the token is for, an absolute URL (RFC 8707). */
  resource: string;
  /** `builtin` starts the authorizer that runs in this browser, for demos, in place of `issuer`: it knows two people and one client, `pkce-login-demo`, and protects nothing. The element shows the word Demo, and refuses where it has the attribute `data-production`. */
  authorizer: '' | 'builtin';
  /** Where the tokens are between two pages: nowhere, in this tab, or on this device for every tab of the origin. `device` needs `dpop`. Any script of the page can read each of them. */
  storage: 'memory' | 'session' | 'device';
  /** What becomes of a page that opens with nobody signed in: nothing, or the authorizer is asked without showing anything, in a hidden frame (same site only, in most browsers) or by going there and back. */
  restore: 'none' | 'frame' | 'redirect';
  /** When the authorizer’s description and keys are fetched, so that a press has nothing to wait for: once the page is shown and has nothing else to do, when a pointer or the focus comes to the button, or when it is pressed. */
  prepare: 'idle' | 'hover' | 'press';
  /** Binds code and tokens to a key that cannot leave this browser (RFC 9449). A token that is not bound is refused then. */
  dpop: boolean;
  /** Refuses answers that do not name their issuer (RFC 9207). Set it where a page has several authorizers. */
  requireIss: boolean;
  /** Other apps that an ID token may name beside this one: client IDs separated by spaces. The error `aud_untrusted` says in its `cause` what was found. */
  trustedAudiences: string;
  /** Where the authorizer’s description is asked for first: OpenID Connect Discovery or RFC 8414. Where that answers 404, the other one is asked. */
  discovery: 'openid' | 'oauth';
  /** Who may get the access token by `fetch`: origins separated by spaces, like `https://api.example`. */
  apiOrigins: string;
  /** The words on the button. The default slot can hold more than words. */
  label: string;
  /** How much the button stands out. */
  variant: 'solid' | 'outline' | 'text';
  /** The height of the controls: 8 CSS pixels less than `--pkce-height`, as much, or 8 more. */
  size: 's' | 'm' | 'l';
  /** Keeps the button from being used. */
  disabled: boolean;
  /** Shows a state without doing anything: for style guides, documents and tests. */
  preview: '' | 'idle' | 'redirecting' | 'exchanging' | 'signed-in' | 'error' | 'denied';
  /** The authorizer's description (RFC 8414), for one that does not publish it. Skips discovery. */
  metadata: object | null;
  /** Parameters of the authorizer's own, added to the authorization request. None that the client sets itself. */
  extraParams: Record<string, string>;
  /** What the requests to the authorizer and to APIs are sent with in place of `fetch`. There is one for the whole page. */
  transport: typeof fetch | null;
  /** Words in place of the element's own, and their language. What is exported by `locales/de.js` and `locales/ja.js` fits. */
  translations: Partial<PkceTranslations>;
  /** What the element is doing. */
  readonly state: PkceLoginState;
  /** Who is signed in: the verified claims of the ID token. `sub` is always there; the name may be missing. */
  readonly user: User | null;
  /** Why the last sign-in failed, or null. */
  readonly error: PkceLoginProblem | null;
  /** Begins a sign-in, as the button does. In a popup the promise ends when somebody is signed in; with a redirect it ends with the page. Call it in a click where `mode` is `popup`, or the browser blocks the window. */
  signIn(options?: LoginOptions): Promise<void>;
  /** Forgets the tokens in every tab that shares them, and gives them back to the authorizer where it takes them. */
  signOut(options?: { atAuthorizer?: boolean; returnTo?: string }): Promise<void>;
  /** The access token, renewed if need be. Rejects with a `PkceError` where nobody is signed in. */
  getAccessToken(options?: { minValidity?: number }): Promise<string>;
  /** Sends a request, with the access token only where its origin is one of `api-origins`. Elsewhere it is a plain request. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Takes an answer that arrived on this page and not on the callback page. Everything that this page loads can see the code; use the callback page where you can. */
  handleCallback(url?: string): Promise<void>;
  /** Renews the tokens now. */
  refresh(): Promise<void>;
  /** Gives the tokens back to the authorizer, and forgets them in every tab that shares them. */
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
