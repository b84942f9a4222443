/** What the app says once about itself and its authorizer. An unknown member, or a value of the wrong kind, is refused. */
export interface AuthOptions {
  /** The issuer, exactly as the authorizer writes it: a complete https address (http on this machine only). */
  issuer: string;
  /** The client identifier that the authorizer gave to this app. There is no client secret: a page cannot keep one. */
  clientId: string;
  /**
   * The address of `callback.html`, as it is registered at the authorizer. It is of this page's origin; a relative one
   * is resolved against the page.
   * @default '/callback.html', or callback.html in the directory of the page's `<base>`
   */
  redirectUri?: string;
  /** What to ask for, separated by spaces. @default 'openid profile' */
  scope?: string;
  /** Where the answer arrives. `form_post` needs `callback-worker.js` beside `callback.html`. @default 'query' */
  responseMode?: 'query' | 'fragment' | 'form_post';
  /**
   * Where the tokens are between two pages: nowhere, in this tab, or on this device until somebody signs out. `device`
   * only with `dpop`. Any script of the page can read them in each of these places.
   * @default 'memory'
   */
  storage?: 'memory' | 'session' | 'device';
  /**
   * What becomes of a page that opens with nobody signed in, as after a reload with tokens in memory: nothing, or the
   * authorizer is asked without showing anything, in a hidden frame or by going there and back. A frame works where the
   * browser lets the authorizer see its cookies in it: on the same site. A redirect works everywhere and costs two page
   * loads. Until then `createAuth` waits. After `logout()` nothing is asked in that tab until the next sign-in.
   * @default 'none'
   */
  restore?: 'none' | 'frame' | 'redirect';
  /**
   * When the authorizer's description and keys are fetched, so that `login()` has nothing to wait for: once the page is shown
   * and has nothing else to do (not where the person asks the browser to save data), or when `prepare()` is called, as at a
   * pointer over the button, or at `login()`.
   * @default 'idle'
   */
  prepare?: 'idle' | 'hover' | 'press';
  /** Binds code and tokens to a key that cannot leave this browser (RFC 9449). @default false */
  dpop?: boolean;
  /** Leaves the request at the authorizer before going there (RFC 9126). @default false */
  pushedRequests?: boolean;
  /** Refuses answers that do not name their issuer. Set it where an app knows several authorizers. @default false */
  requireIss?: boolean;
  /**
   * Other apps that an ID token may name beside this one. An authorizer that lists its project or its other clients in
   * `aud` (Zitadel) needs it; the error `aud_untrusted` says in its `cause` what was found. @default []
   */
  trustedAudiences?: string[];
  /**
   * Where the authorizer's description is asked for first: at `openid-configuration` (OpenID Connect Discovery) or at
   * `oauth-authorization-server` (RFC 8414). Where the first answers 404, the other one is asked. @default 'openid'
   */
  discovery?: 'openid' | 'oauth';
  /** The origins that {@link SignedInAuth.fetch} gives the access token to, like `https://api.example`. @default [] */
  apiOrigins?: string[];
  /**
   * Uses the built-in authorizer, for demonstrations on this machine: the worker `authorizer-worker.js` beside
   * `callback.html`. Then `issuer` and `clientId` may be left out.
   */
  authorizer?: 'builtin';
  /** The authorizer's description (RFC 8414), where the app brings it itself. Then nobody is asked for it. */
  metadata?: object;
  /**
   * Stands in for the browser's `fetch`. It must not follow redirects of the authorizer or repeat anything. A page has
   * one; the last one given is used for the authorizer.
   */
  fetch?: typeof fetch;
}

/** The options of a demonstration: issuer and client are known. */
export type DemoOptions = Omit<AuthOptions, 'issuer' | 'clientId'> & { authorizer: 'builtin'; issuer?: string; clientId?: string };

/** What one login asks for beyond {@link AuthOptions}. */
export interface LoginOptions {
  /** `none`, `login`, `consent`, `select_account` or another word that the authorizer knows. */
  prompt?: 'none' | 'login' | 'consent' | 'select_account' | (string & {});
  /** Whom the person probably is. */
  loginHint?: string;
  /** How long ago the sign-in at the authorizer may be, in seconds. */
  maxAge?: number;
  /** How strong the sign-in should be, best first, separated by spaces. */
  acrValues?: string;
  /** Languages, best first, separated by spaces. */
  uiLocales?: string;
  /** What the access token is for (RFC 8707). */
  resource?: string;
  /** More scopes, separated by spaces. */
  scope?: string;
  /** Parameters of the app's own. The names of the flow itself are refused. */
  extraParams?: Record<string, string>;
  /** Where in the app the person goes on: a path of this origin. @default where they are now */
  returnTo?: string;
}

/** Where something went wrong. */
export type Step =
  | 'configuration'
  | 'discovery'
  | 'request'
  | 'response'
  | 'token'
  | 'id_token'
  | 'userinfo'
  | 'refresh'
  | 'revocation'
  | 'api'
  | 'popup'
  | 'frame'
  | 'load';

/** What is known of the answer that a problem is about. Never its body. */
export interface PkceErrorCause {
  /** The authorizer's own code, with its own words. */
  readonly error?: string;
  readonly description?: string;
  readonly uri?: string;
  /** The HTTP status. */
  readonly status?: number;
  /** The media type of the answer. */
  readonly contentType?: string;
  /** Seconds after which the authorizer wants to be asked again; only where CORS exposes `Retry-After`. */
  readonly retryAfter?: number;
  /** The audiences of an ID token that names one which is not among `trustedAudiences`. */
  readonly audiences?: readonly string[];
}

/** A problem in three sentences. Nothing in it is secret. */
export class PkceError extends Error {
  /** The code, which stays the same; where the authorizer refused, its own, for example `access_denied`. */
  readonly code: string;
  /** What happened. */
  readonly message: string;
  /** What it means. */
  readonly meaning: string;
  /** What to do. */
  readonly advice: string;
  /** Where it happened. */
  readonly step: Step;
  /** Whether the same thing may work the next time although nobody changed anything. */
  readonly retryable: boolean;
  /**
   * Where the authorizer said something itself, or its answer was not what it should be: see {@link PkceErrorCause}. Of
   * other errors, what the browser threw. Untrusted, show it as text.
   */
  readonly cause?: PkceErrorCause | unknown;
}

/** The verified claims of the ID token. */
export interface User {
  /** Who it is at this authorizer; empty where `openid` was not asked for. */
  readonly sub: string;
  /** Missing where the authorizer gives it from UserInfo alone: ask {@link SignedInAuth.userinfo}. */
  readonly name?: string;
  readonly email?: string;
  readonly [claim: string]: unknown;
}

/**
 * Who is signed in at one moment. A snapshot never changes; ask {@link AuthBase.current}, or subscribe. Until something
 * changes, `current()` gives the same object.
 */
export type Auth = SignedInAuth | SignedOutAuth;

export interface AuthBase {
  /** Calls `listener` with each new snapshot, until the function that it gives is called. */
  subscribe(listener: (auth: Auth) => void): () => void;
  /** The newest snapshot. */
  current(): Auth;
}

/** Nobody is signed in. */
export interface SignedOutAuth extends AuthBase {
  readonly isSignedIn: false;
  /** Why the latest sign-in failed. */
  readonly error: PkceError | null;
  /**
   * Makes ready what `login()` would wait for. Call it when a press is likely, as at a pointer over the button, with
   * `prepare: 'hover'`; with `'idle'` it is done without that.
   * @throws {PkceError}
   */
  prepare(): Promise<void>;
  /**
   * Goes to the authorizer. The page is left, so the promise ends only if that fails, and with `came_back` where the person
   * comes back by the browser's own button.
   * @throws {PkceError}
   */
  login(options?: LoginOptions): Promise<never>;
  /**
   * Signs in in a window of its own. Call it in the press of a button, before anything is awaited.
   * @throws {PkceError}
   */
  loginInPopup(options?: LoginOptions): Promise<SignedInAuth>;
  /**
   * Signs in without showing anything; `null` if the authorizer would have to ask the person.
   * @throws {PkceError}
   */
  loginSilently(options?: LoginOptions): Promise<SignedInAuth | null>;
  /**
   * Takes an answer that arrived at a page of the app's own, by default this one, and gives the snapshot after it. Not
   * needed with `callback.html`, which is better: everything that this page loads may be told its address.
   */
  handleCallback(url?: string): Promise<Auth>;
}

/** Somebody is signed in. After the session's end its methods reject with the code `signed_out`. */
export interface SignedInAuth extends AuthBase {
  readonly isSignedIn: true;
  /** The verified claims of the ID token. */
  readonly user: User;
  /** What was granted, separated by spaces. */
  readonly scope: string;
  /** When the access token ends; `null` where nobody said. It is renewed by itself when it is used. */
  readonly expiresAt: Date | null;
  /** Where in the app the person wanted to go: a path of this origin. */
  readonly returnTo: string;
  /**
   * How far this device's clock is ahead of the authorizer's, in seconds, negative where it is behind; `null` where nothing
   * said so. It was allowed for, up to a day. Beyond a minute a person may want to know.
   */
  readonly clockIsAheadBy: number | null;
  /**
   * The access token, renewed first if it is not good for so many seconds.
   * @throws {PkceError}
   */
  getAccessToken(options?: { minValidity?: number }): Promise<string>;
  /**
   * As the browser's `fetch`. Requests to `apiOrigins` carry the access token, are sent once more with a new one where
   * the API refuses it, and follow redirects within `apiOrigins`: the browser leaves the token out where the origin changes.
   * With `dpop` or a `fetch` of your own they follow none. All others are sent as they are.
   * @throws {PkceError} where an API wants more than this session has
   */
  fetch: typeof fetch;
  /**
   * Asks the authorizer for claims about this person, which may be more than the ID token has: `name`, for example.
   * @throws {PkceError} also where the answer is about another person
   */
  userinfo(): Promise<User>;
  /**
   * Renews the tokens now.
   * @throws {PkceError}
   */
  refresh(): Promise<void>;
  /**
   * Gives the tokens back, and forgets them in every tab.
   * @throws {PkceError} if the authorizer was not told (`not_offered`: it cannot be); nobody is signed in here any more
   * all the same
   */
  revoke(): Promise<void>;
  /**
   * Signs out of this app in every tab and, with `atAuthorizer`, at the authorizer too, which sends the browser to
   * `returnTo`: an address of this origin that is registered there, by default this page.
   * @throws {PkceError} as {@link SignedInAuth.revoke}
   */
  logout(options?: { atAuthorizer?: boolean; returnTo?: string }): Promise<void>;
}

/**
 * Finds out who is signed in: takes the answer that `callback.html` left in this tab, or the session that was kept. A
 * sign-in that failed is {@link SignedOutAuth.error}. The same options give the same promise.
 *
 * Where the redirect URI is answered by the app in the place of `callback.html`, it takes the answer out of the address at
 * once. It does not settle where this page then leaves, or is a window or a frame of a page that has the answer.
 * @throws {PkceError} for wrong options (step `configuration`), and if the module cannot be loaded (step `load`)
 */
export function createAuth(options: AuthOptions | DemoOptions): Promise<Auth>;
