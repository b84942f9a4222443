/** The app and its authorizer. `createAuth` refuses unknown members and values of a wrong type. */
export interface AuthOptions {
  /** The issuer, exactly as the authorizer writes it: an absolute https URL (http on this machine only). */
  issuer: string;
  /** The client identifier that the authorizer gave to this app. There is no client secret: a page cannot keep one. */
  clientId: string;
  /**
   * The address of `callback.html` on this origin, as registered at the authorizer. A relative address is resolved
   * against the page.
   * @default '/callback.html', or callback.html in the directory of the page's `<base>`
   */
  redirectUri?: string;
  /** The scopes to request, separated by spaces. @default 'openid profile' */
  scope?: string;
  /** How the answer arrives. `form_post` needs `callback-worker.js` beside `callback.html`. @default 'query' */
  responseMode?: 'query' | 'fragment' | 'form_post';
  /**
   * Where tokens are stored between pages: nowhere, in this tab, or on this device until the user signs out. `device`
   * needs `dpop`. Any script of the page can read tokens in each of these places.
   * @default 'memory'
   */
  storage?: 'memory' | 'session' | 'device';
  /**
   * What happens when a page opens signed out, as after a reload with tokens in memory: nothing, or the client asks the
   * authorizer silently, in a hidden frame or by a redirect there and back. A frame works where the browser lets the
   * authorizer see its cookies in it: on the same site. A redirect works everywhere and costs two page loads.
   * `createAuth` waits for the result. After `logout()` the client does not ask in that tab until the next sign-in.
   * @default 'none'
   */
  restore?: 'none' | 'frame' | 'redirect';
  /**
   * When the client fetches authorizer metadata and keys, so that `login()` need not wait: once the page is shown and
   * idle (not where the user asks the browser to save data), at `prepare()`, for example when a pointer is over the
   * button, or at `login()`.
   * @default 'idle'
   */
  prepare?: 'idle' | 'hover' | 'press';
  /** Binds code and tokens to a key that cannot leave this browser (RFC 9449). @default false */
  dpop?: boolean;
  /** Pushes the request to the authorizer before the redirect (RFC 9126). @default false */
  pushedRequests?: boolean;
  /** Refuses answers that do not name their issuer. Set it where an app uses several authorizers. @default false */
  requireIss?: boolean;
  /**
   * Audiences that an ID token may name beside this app. Needed where the authorizer lists its project or other clients
   * in `aud` (Zitadel); the error `aud_untrusted` lists the audiences in its `cause`. @default []
   */
  trustedAudiences?: string[];
  /**
   * Where the client asks for metadata first: at `openid-configuration` (OpenID Connect Discovery) or
   * `oauth-authorization-server` (RFC 8414). After a 404 it asks at the second address. @default 'openid'
   */
  discovery?: 'openid' | 'oauth';
  /** The origins to which {@link SignedInAuth.fetch} sends the access token, like `https://api.example`. @default [] */
  apiOrigins?: string[];
  /**
   * Uses the built-in authorizer, for demonstrations on this machine: the worker `authorizer-worker.js` beside
   * `callback.html`. `issuer` and `clientId` are then optional.
   */
  authorizer?: 'builtin';
  /** The authorizer metadata (RFC 8414), if the app provides it. The client then fetches none. */
  metadata?: object;
  /**
   * Replaces the `fetch` of the browser. It must not follow redirects of the authorizer or repeat a request. A page has
   * one; the last one given is used for the authorizer.
   */
  fetch?: typeof fetch;
}

/** The options of a demonstration: the issuer and the client are known. */
export type DemoOptions = Omit<AuthOptions, 'issuer' | 'clientId'> & { authorizer: 'builtin'; issuer?: string; clientId?: string };

/** Options of one login, beyond {@link AuthOptions}. */
export interface LoginOptions {
  /** `none`, `login`, `consent`, `select_account` or another value that the authorizer knows. */
  prompt?: 'none' | 'login' | 'consent' | 'select_account' | (string & {});
  /** The account that the user probably has. */
  loginHint?: string;
  /** The maximum age of the sign-in at the authorizer, in seconds. */
  maxAge?: number;
  /** How strong the sign-in should be: ACR values, best first, separated by spaces. */
  acrValues?: string;
  /** Languages, best first, separated by spaces. */
  uiLocales?: string;
  /** The API that the access token is for (RFC 8707). */
  resource?: string;
  /** Additional scopes, separated by spaces. */
  scope?: string;
  /** Additional request parameters. The client refuses names that the flow uses. */
  extraParams?: Record<string, string>;
  /** Where in the app the user continues: a path of this origin. @default the current address */
  returnTo?: string;
}

/** The step of the flow that failed. */
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

/** Details of the response that a problem is about, never its body. */
export interface PkceErrorCause {
  /** The error code of the authorizer, then its description and URI. */
  readonly error?: string;
  readonly description?: string;
  readonly uri?: string;
  /** The HTTP status. */
  readonly status?: number;
  /** The media type of the response. */
  readonly contentType?: string;
  /** Seconds that the authorizer asks the client to wait; only where CORS exposes `Retry-After`. */
  readonly retryAfter?: number;
  /** The audiences of an ID token that names an audience outside `trustedAudiences`. */
  readonly audiences?: readonly string[];
}

/** A problem, explained in three sentences. It contains no secrets. */
export class PkceError extends Error {
  /** A stable code. If the authorizer refused, its own code, for example `access_denied`. */
  readonly code: string;
  /** What happened. */
  readonly message: string;
  /** What it means. */
  readonly meaning: string;
  /** What to do. */
  readonly advice: string;
  /** The step that failed. */
  readonly step: Step;
  /** Whether the same call may succeed next time without any change. */
  readonly retryable: boolean;
  /**
   * If the authorizer reported an error or sent a wrong response: {@link PkceErrorCause}. Otherwise what the browser
   * threw. Untrusted: show it as text.
   */
  readonly cause?: PkceErrorCause | unknown;
}

/** The verified claims of the ID token. */
export interface User {
  /** The identifier of the user at this authorizer; empty where `openid` was not requested. */
  readonly sub: string;
  /** Missing where only UserInfo returns it: call {@link SignedInAuth.userinfo}. */
  readonly name?: string;
  readonly email?: string;
  readonly [claim: string]: unknown;
}

/**
 * The sign-in state at one moment. A snapshot never changes; call {@link AuthBase.current}, or subscribe. Until
 * something changes, `current()` returns the same object.
 */
export type Auth = SignedInAuth | SignedOutAuth;

export interface AuthBase {
  /** Calls `listener` with each new snapshot. Call the returned function to stop. */
  subscribe(listener: (auth: Auth) => void): () => void;
  /** The newest snapshot. */
  current(): Auth;
}

/** The user is signed out. */
export interface SignedOutAuth extends AuthBase {
  readonly isSignedIn: false;
  /** Why the latest sign-in failed. */
  readonly error: PkceError | null;
  /**
   * Prepares what `login()` would wait for. With `prepare: 'hover'`, call it when a press is likely, for example when a
   * pointer is over the button. With `'idle'` no call is needed.
   * @throws {PkceError}
   */
  prepare(): Promise<void>;
  /**
   * Redirects to the authorizer. The browser leaves the page, so the promise only rejects: if the redirect fails, or
   * with `came_back` if the user returns with the Back button.
   * @throws {PkceError}
   */
  login(options?: LoginOptions): Promise<never>;
  /**
   * Signs in in a popup. Call it in a click handler, before the first `await`.
   * @throws {PkceError}
   */
  loginInPopup(options?: LoginOptions): Promise<SignedInAuth>;
  /**
   * Signs in without showing anything; `null` if the authorizer would have to ask the user.
   * @throws {PkceError}
   */
  loginSilently(options?: LoginOptions): Promise<SignedInAuth | null>;
  /**
   * Takes an answer that arrived at a page of the app, by default this one, and returns the new snapshot. Not needed
   * with `callback.html`, which is better: everything that this page loads may learn its address.
   */
  handleCallback(url?: string): Promise<Auth>;
}

/** The user is signed in. After the session ends, the methods reject with the code `signed_out`. */
export interface SignedInAuth extends AuthBase {
  readonly isSignedIn: true;
  /** The verified claims of the ID token. */
  readonly user: User;
  /** The granted scopes, separated by spaces. */
  readonly scope: string;
  /** When the access token expires; `null` if unknown. The client renews it on use. */
  readonly expiresAt: Date | null;
  /** Where in the app the user continues: a path of this origin. */
  readonly returnTo: string;
  /**
   * How many seconds the device clock is ahead of the authorizer clock; negative if behind, `null` if unknown. The
   * client corrects for up to a day. More than a minute may be worth showing to the user.
   */
  readonly clockIsAheadBy: number | null;
  /**
   * The access token, renewed first if it expires within `minValidity` seconds.
   * @throws {PkceError}
   */
  getAccessToken(options?: { minValidity?: number }): Promise<string>;
  /**
   * As the `fetch` of the browser. Requests to `apiOrigins` carry the access token. If the API refuses it, the client
   * sends the request once more with a new token. Redirects are followed within `apiOrigins`, without the token where
   * the origin changes; with `dpop` or your own `fetch`, they are not followed. Other requests are sent unchanged.
   * @throws {PkceError} if an API demands more than this session has
   */
  fetch: typeof fetch;
  /**
   * Asks the authorizer for claims about the user. The ID token may lack some of them, for example `name`.
   * @throws {PkceError} also if the response is about another user
   */
  userinfo(): Promise<User>;
  /**
   * Renews the tokens now.
   * @throws {PkceError}
   */
  refresh(): Promise<void>;
  /**
   * Revokes the tokens at the authorizer, and deletes them in every tab.
   * @throws {PkceError} if the revocation failed (`not_offered`: the authorizer offers none). The app is signed out
   * all the same
   */
  revoke(): Promise<void>;
  /**
   * Signs out of this app in every tab and, with `atAuthorizer`, at the authorizer, which then redirects to `returnTo`:
   * an address of this origin that is registered there, by default this page.
   * @throws {PkceError} as {@link SignedInAuth.revoke}, except that `not_offered` is no error here
   */
  logout(options?: { atAuthorizer?: boolean; returnTo?: string }): Promise<void>;
}

/**
 * Finds out whether the user is signed in: takes the answer that `callback.html` left in this tab, or the persisted
 * session. {@link SignedOutAuth.error} says why a sign-in failed. The same options give the same promise.
 *
 * If the app is served at the redirect URI in place of `callback.html`, `createAuth` takes the answer out of the
 * address at once. The promise stays pending if this page then leaves, or is a popup or hidden frame of a page that has
 * the answer.
 * @throws {PkceError} for wrong options (step `configuration`), and if the module cannot be loaded (step `load`)
 */
export function createAuth(options: AuthOptions | DemoOptions): Promise<Auth>;
