// What the WebAssembly module exports: the part of core.rs and call.rs that the scripts use. Not published.

/** One call of an API: `headers` before each request, `judge` after each response. */
export interface Call {
  /** The headers with the token, a JSON object. They are good for one request. */
  headers(): Promise<string>;
  /** Whether the request is to be sent once more. `date` is in seconds since the epoch. */
  judge(status: number, wwwAuthenticate?: string, dpopNonce?: string, date?: number): Promise<boolean>;
  free(): void;
}

/** One client. It takes options and gives snapshots as JSON text, and throws errors as JSON text. */
export interface Core {
  snapshot(): string | undefined;
  prepare(): Promise<void>;
  login(options: string, awake?: Promise<unknown>): Promise<void>;
  loginInPopup(options: string, awake?: Promise<unknown>, opened?: Window): Promise<void>;
  loginSilently(options: string, awake?: Promise<unknown>): Promise<boolean>;
  handleCallback(address?: string): Promise<void>;
  accessToken(session: number, options: string): Promise<string>;
  mayCall(session: number, url: string): boolean;
  call(session: number, method: string, url: string, isDressed: boolean): Call;
  userinfo(session: number): Promise<string>;
  refresh(session: number): Promise<void>;
  revoke(session: number): Promise<void>;
  logout(session: number, options: string): Promise<void>;
}

export interface CoreClass {
  /** Checks options. Gives the directory of the built-in authorizer where the options ask for it. */
  check(options: string): string | undefined;
  useFetch(transport: typeof fetch): void;
  /** Opens a client; `changed` is called after each change of its snapshot. */
  open(options: string, changed: () => void): Promise<Core>;
}

/** The glue that wasm-bindgen writes. */
export interface Glue {
  default(options: { module_or_path: Response }): Promise<unknown>;
  Core: CoreClass;
}
