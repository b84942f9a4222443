// The headless API as a hook.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { createAuth, type Auth, type AuthOptions } from 'pkce-login/headless';

const waiting = () => () => {};
const nothing = () => null;

/** Who is signed in, or `null` for as long as that is not known. Give it options that stay the same object. */
export function useAuth(options: AuthOptions): Auth | null {
  const [first, setFirst] = useState<Auth | null>(null);
  // In strict mode this runs twice; the same options give the same login.
  useEffect(() => {
    void createAuth(options).then(setFirst);
  }, [options]);
  return useSyncExternalStore<Auth | null>(first?.subscribe ?? waiting, first?.current ?? nothing);
}
