/** Gives the components below it the entitlements of the user, and keeps them current. */
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Client, Entitlements } from '../core/index.ts';
import { takeParameter, whenInFront } from './page.ts';
import { type EntitlementsState, type EntitlementsStore, loading, readyWith, storeOf } from './store.ts';

export interface AccountProviderProps {
  /** Create it outside of components, or keep it: another client is read from the start. */
  readonly client: Client;
  /**
   * Any id of the signed-in user; null while no one is signed in; undefined while that is not known. The answer for the former
   * user is gone with the change. Without it, the next read sees another user by the subject of the token.
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
  readonly user: string | null | undefined;
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
  const [firstClient] = useState(client);
  const [serverState] = useState(() => (initial === undefined ? loading : readyWith(initial)));
  const store = useMemo(() => {
    const kept = storeOf(client);
    // On a server, the client may serve many users, so its store stays empty.
    const isForPage = client === firstClient && user !== null && typeof window !== 'undefined';
    if (initial !== undefined && isForPage) kept.seed(initial);
    return kept;
    // What the server has read is for the first paint alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client]);
  const account = useMemo(() => ({ client, store, serverState, user }), [client, store, serverState, user]);

  // A provider that has never named the user leaves it to another one of the same client.
  const hasNamed = useRef(false);
  useEffect(() => {
    hasNamed.current ||= user !== undefined;
    if (hasNamed.current) store.identify(user);
    if (user !== null) begin(store, checkoutParameter);
  }, [store, user, checkoutParameter]);

  useEffect(() => whenInFront(() => store.focused()), [store]);
  return createElement(AccountContext.Provider, { value: account }, children);
}

/** The first read of a page, or for a user: after a return from Checkout with a sync. */
function begin(store: EntitlementsStore, parameter: string | null): void {
  const sessionId = takeParameter(parameter);
  if (sessionId === null) store.focused();
  else void store.returnFromCheckout(sessionId);
}
