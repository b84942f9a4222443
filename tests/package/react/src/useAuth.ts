// The headless API as a hook.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { createAuth, type Auth, type AuthOptions } from 'pkce-login/headless';

const waiting = () => () => {};
const nothing = () => null;

/**
 * Who is signed in, or `null` for as long as that is not known. Give it options that stay the same object. Options that are
 * wrong are thrown while rendering: to the nearest error boundary.
 */
export function useAuth(options: AuthOptions): Auth | null {
  const [first, setFirst] = useState<Auth | null>(null);
  const [failure, setFailure] = useState<{ error: unknown } | null>(null);
  // In strict mode this runs twice; the same options give the same login.
  useEffect(() => {
    createAuth(options).then(setFirst, (error: unknown) => setFailure({ error }));
  }, [options]);
  // On a server nobody is signed in yet.
  const auth = useSyncExternalStore<Auth | null>(first?.subscribe ?? waiting, first?.current ?? nothing, nothing);
  if (failure) throw failure.error;
  return auth;
}
