// What the types of the package promise. Nothing here runs; `tsc` fails where a line that has to be wrong is not.

import 'pkce-login';
import { createAuth, PkceError, type Auth, type DemoOptions, type SignedInAuth, type SignedOutAuth } from 'pkce-login/headless';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export async function oneOrTheOther(auth: Auth): Promise<string> {
  // @ts-expect-error Before it is known whether anybody is signed in, there is no token to ask for.
  auth.getAccessToken();
  // @ts-expect-error Nor anybody to sign in.
  auth.login();
  // @ts-expect-error A snapshot does not change.
  auth.isSignedIn = true;

  if (auth.isSignedIn) {
    same<typeof auth, SignedInAuth>(true);
    same<typeof auth.user.sub, string>(true);
    same<typeof auth.user.name, string | undefined>(true);
    same<typeof auth.expiresAt, Date | null>(true);
    // @ts-expect-error Any further claim is unknown until it is looked at.
    const department: string = auth.user['department'];
    // @ts-expect-error Who is signed in is not signed in again.
    auth.login();
    // @ts-expect-error And has no error of a login.
    auth.error;
    // @ts-expect-error Tokens are asked for, they do not lie about.
    auth.accessToken;
    const response: Response = await auth.fetch('https://api.example/things', { method: 'POST' });
    return `${await auth.getAccessToken({ minValidity: 60 })}${department}${response.status}`;
  }

  same<typeof auth, SignedOutAuth>(true);
  same<typeof auth.error, PkceError | null>(true);
  // @ts-expect-error Nobody is signed in.
  auth.fetch('https://api.example/things');
  // @ts-expect-error Nobody is signed in.
  auth.getAccessToken();
  // @ts-expect-error Nobody is signed in.
  auth.user;
  // The page is left: nothing comes after it.
  return auth.login({ prompt: 'login', loginHint: 'ada', maxAge: 60, returnTo: '/there', extraParams: { audience: 'things' } });
}

export const demo: DemoOptions = { authorizer: 'builtin', clientId: 'my-app' };

export function wrongOptions(): void {
  // @ts-expect-error A page has no secret.
  void createAuth({ issuer: 'https://login.example', clientId: 'my-app', clientSecret: 'secret' });
  // @ts-expect-error There is no such place.
  void createAuth({ issuer: 'https://login.example', clientId: 'my-app', storage: 'cookie' });
  // @ts-expect-error Without a client nobody knows who asks.
  void createAuth({ issuer: 'https://login.example' });
}

export function elements(): void {
  const element = document.createElement('pkce-login');
  same<typeof element, HTMLElementTagNameMap['pkce-login']>(true);
  element.clientId = 'my-app';
  // @ts-expect-error There is no such kind.
  element.variant = 'rounded';
  // @ts-expect-error Read only: what the person may see follows from what happened.
  element.user = null;
  element.addEventListener('pkce-signed-in', (event) => {
    same<typeof event.detail.user.sub, string>(true);
    // @ts-expect-error No token in any event.
    event.detail.accessToken;
  });
  element.addEventListener('pkce-error', (event) => {
    same<typeof event.detail.retryable, boolean>(true);
    // @ts-expect-error Not a problem of this kind.
    event.detail.step === 'cooking';
  });
  element.addEventListener('keydown', (event) => same<typeof event, KeyboardEvent>(true));
  const token: Promise<string> = element.getAccessToken({ minValidity: 60 });
  void token;
}

export function failed(error: unknown): string {
  return error instanceof PkceError ? `${error.code} ${error.meaning} ${error.advice} ${error.step}` : 'unknown';
}
