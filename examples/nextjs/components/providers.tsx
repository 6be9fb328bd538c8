'use client';

import { type Client, createClient, type Entitlements } from '@predixa/client';
import { AccountProvider } from '@predixa/client/react';
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, getCurrentUser } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { Settings } from '../lib/settings';
import { tracedFetch } from '../lib/trace';

interface Session {
  /** The subject of the signed-in user; null: no one; undefined: not known yet. */
  readonly user: string | null | undefined;
  readonly settings: Settings;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('There is no <Providers> above this component.');
  return session;
}

let client: Client | undefined;

/** Once for each page load: Amplify keeps the session in cookies, which the server reads too. */
function clientFor(settings: Settings): Client {
  if (client !== undefined) return client;
  const { apiUrl, userPoolId, clientId, endpoint } = settings;
  Amplify.configure(
    {
      Auth: {
        Cognito: {
          userPoolId,
          userPoolClientId: clientId,
          ...(endpoint === undefined ? {} : { userPoolEndpoint: endpoint }),
        },
      },
    },
    { ssr: true },
  );
  client = createClient({
    baseUrl: apiUrl,
    fetch: tracedFetch,
    getToken: async ({ forceRefresh }) =>
      (await fetchAuthSession({ forceRefresh })).tokens?.idToken?.toString(),
  });
  return client;
}

interface ProvidersProps {
  readonly settings: Settings;
  readonly initial: Entitlements | undefined;
  readonly children: ReactNode;
}

export function Providers({ settings, initial, children }: ProvidersProps) {
  const [account] = useState(() => clientFor(settings));
  const [user, setUser] = useState<string | null | undefined>();
  useEffect(() => {
    const ask = () =>
      getCurrentUser().then(
        ({ userId }) => setUser(userId),
        () => setUser(null),
      );
    void ask();
    return Hub.listen('auth', ({ payload }) => {
      if (['signedIn', 'signedOut', 'tokenRefresh_failure'].includes(payload.event)) void ask();
    });
  }, []);
  return (
    <SessionContext.Provider value={{ user, settings }}>
      <AccountProvider client={account} initial={initial} {...(user === undefined ? {} : { user })}>
        {children}
      </AccountProvider>
    </SessionContext.Provider>
  );
}
