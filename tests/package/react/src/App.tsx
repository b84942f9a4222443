import { useState } from 'react';
import 'pkce-login';
import type { Auth, AuthOptions } from 'pkce-login/headless';

import { useAuth } from './useAuth';

const OPTIONS: AuthOptions = { issuer: 'https://login.example', clientId: 'my-app' };

// One page cannot have two logins that take the same answer: the element is on `?element`.
export function App() {
  return new URLSearchParams(location.search).has('element') ? <WithElement /> : <Headless />;
}

function Headless() {
  const auth = useAuth(OPTIONS);
  return (
    <main>
      <h1>React</h1>
      {auth === null ? <p role="status">Getting ready…</p> : <Account auth={auth} />}
    </main>
  );
}

function Account({ auth }: { auth: Auth }) {
  if (auth.isSignedIn) {
    return (
      <>
        <p role="status">Signed in as {auth.user.name ?? auth.user.sub}</p>
        <button onClick={() => void auth.logout()}>Sign out</button>
      </>
    );
  }
  return (
    <>
      <p role="status">{auth.error?.message ?? 'Signed out'}</p>
      <button onClick={() => void auth.login()}>Sign in</button>
    </>
  );
}

function WithElement() {
  const [person, setPerson] = useState('');
  return (
    <main>
      <h1>React</h1>
      <pkce-login
        issuer="https://login.example"
        client-id="my-app"
        variant="outline"
        onpkce-signed-in={({ detail: { user } }) => setPerson(user.name ?? user.sub)}
        onpkce-signed-out={() => setPerson('')}
      />
      <p id="greeting">{person && `Hello ${person}`}</p>
    </main>
  );
}
