/** Gives the components below it the entitlements of the user, and keeps them current. */
import { createContext, createElement, type ReactNode, useContext, useEffect, useState } from 'react';
import type { Client, Entitlements } from '../core/index.ts';
import { type EntitlementsState, type EntitlementsStore, loading, readyWith, storeOf } from './store.ts';

export interface AccountProviderProps {
  readonly client: Client;
  /**
   * Any id of the signed-in user; null while no one is signed in. The answer for the former user is gone with the change. Without
   * it, the next read sees another user by the subject of the token.
   */
  readonly user?: string | null;
  /** What a server component has read for this user, so that the first paint is right. */
  readonly initial?: Entitlements | undefined;
  /** The parameter of the success URL that holds `{CHECKOUT_SESSION_ID}`. Default: `session_id`. Null: the app syncs itself. */
  readonly checkoutParameter?: string | null;
  readonly children?: ReactNode;
}

interface Account {
  readonly client: Client;
  readonly store: EntitlementsStore;
  /** What a server renders, and the browser at first: the same, so that hydration finds what it expects. */
  readonly serverState: EntitlementsState;
}

const AccountContext = createContext<Account | undefined>(undefined);

export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (account === undefined) {
    throw new Error('There is no <AccountProvider> above this component. Wrap the app in one.');
  }
  return account;
}

export function AccountProvider(props: AccountProviderProps): ReactNode {
  const { client, user, initial, checkoutParameter = 'session_id', children } = props;
  const [account] = useState((): Account => {
    const store = storeOf(client);
    // On a server, the client may serve many users, so its store stays empty.
    if (initial !== undefined && typeof window !== 'undefined') store.seed(initial);
    return { client, store, serverState: initial === undefined ? loading : readyWith(initial) };
  });
  const { store } = account;
  const [knownUser, setKnownUser] = useState(user);

  useEffect(() => {
    if (user === knownUser) return;
    setKnownUser(user);
    // The app has found out who the user is, whose answer is known or on its way.
    if (knownUser === undefined && user !== null) store.focused();
    else store.changeUser(user ?? null);
  }, [store, user, knownUser]);

  useEffect(() => {
    if (user === null) store.changeUser(null);
    else begin(store, checkoutParameter);
    // What changes later is the other effect's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [store]);

  useEffect(() => {
    const focused = () => {
      if (document.visibilityState === 'visible') store.focused();
    };
    window.addEventListener('focus', focused);
    document.addEventListener('visibilitychange', focused);
    return () => {
      window.removeEventListener('focus', focused);
      document.removeEventListener('visibilitychange', focused);
    };
  }, [store]);

  return createElement(AccountContext.Provider, { value: account }, children);
}

/** The first read of a page: after a return from Checkout with a sync. */
function begin(store: EntitlementsStore, parameter: string | null): void {
  const url = new URL(window.location.href);
  const sessionId = parameter === null ? null : url.searchParams.get(parameter);
  if (parameter === null || sessionId === null) {
    store.focused();
    return;
  }
  // A reload, or a bookmark, is no return from Checkout.
  url.searchParams.delete(parameter);
  window.history.replaceState(window.history.state, '', url);
  void store.returnFromCheckout(sessionId);
}
