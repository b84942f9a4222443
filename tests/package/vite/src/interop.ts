// Every action of the headless client behind a button, at the authorizer that the address names: `cargo xtask interop`
// drives it. What became of an action stands on the page as JSON, without a token.

import { PkceError, createAuth, type Auth, type AuthOptions, type LoginOptions, type SignedInAuth, type SignedOutAuth } from 'pkce-login/headless';

// The way back from the authorizer's sign-out has no options in its address: those of before hold.
const KEPT = 'interop-options';
if (new URLSearchParams(location.search).has('issuer')) sessionStorage.setItem(KEPT, location.search);
const given = new URLSearchParams(sessionStorage.getItem(KEPT) ?? '');

const options: AuthOptions = {
  issuer: given.get('issuer') ?? '',
  clientId: given.get('client_id') ?? '',
  scope: given.get('scope') ?? 'openid',
  dpop: given.has('dpop'),
  pushedRequests: given.has('par'),
};

const at = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!;
let actions = 0;
const first = await createAuth(options);

// What a page of an app would do with one press.
const signedOut: Record<string, (auth: SignedOutAuth) => Promise<unknown>> = {
  'Sign in': (auth) => auth.login(asked()),
  'Sign in in a window': (auth) => auth.loginInPopup(asked()),
  'Sign in silently': async (auth) => ((await auth.loginSilently()) ? 'signed in' : 'the person has to be asked'),
};
const signedIn: Record<string, (auth: SignedInAuth) => Promise<unknown>> = {
  'Ask who I am': (auth) => auth.userinfo(),
  Renew: (auth) => auth.refresh(),
  // The time that is wanted is given by the one who drives: longer than any token lives.
  'Renew in time': async (auth) => void (await auth.getAccessToken({ minValidity: Number(given.get('min_validity') ?? 60) })),
  'Give back': (auth) => auth.revoke(),
  'Sign out': (auth) => auth.logout({ atAuthorizer: true, returnTo: '/interop.html' }),
};

function asked(): LoginOptions {
  const prompt = given.get('prompt');
  return prompt ? { prompt } : {};
}

first.subscribe(show);
show(first);

function show(auth: Auth): void {
  at('[role=status]').textContent = auth.isSignedIn ? `Signed in as ${auth.user.name ?? auth.user.sub}` : 'Signed out';
  const buttons = auth.isSignedIn
    ? Object.entries(signedIn).map(([name, act]) => button(name, () => act(auth)))
    : Object.entries(signedOut).map(([name, act]) => button(name, () => act(auth)));
  at('#actions').replaceChildren(...buttons);
  if (!auth.isSignedIn && auth.error) tell({ failed: told(auth.error) });
}

function button(name: string, act: () => Promise<unknown>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = name;
  made.onclick = async () => {
    try {
      const answer = await act();
      tell({ did: name, answer: typeof answer === 'string' ? answer : name === 'Ask who I am' ? answer : null });
    } catch (error) {
      tell({ did: name, failed: told(error) });
    }
  };
  return made;
}

function told(error: unknown): unknown {
  if (!(error instanceof PkceError)) return String(error);
  const { code, step, message, cause } = error;
  return { code, step, message, cause };
}

// Counted, so that the one who drives can tell an old word from a new one that is the same.
function tell(what: object): void {
  actions += 1;
  at('#state').textContent = JSON.stringify({ actions, ...what });
}
