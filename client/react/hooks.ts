/** Reads the entitlements in a component. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Client } from '../core/index.ts';
import { type AccessCheck, type AccessDecision, decide } from './access.ts';
import { useAccount } from './provider.ts';
import { type EntitlementsState, signedOut } from './store.ts';

export interface UseEntitlements extends EntitlementsState {
  /** Reads again. It never throws: a failure is in `error`. */
  readonly refresh: () => Promise<void>;
  /** The same after a sync with the payers, such as after a purchase in a store. */
  readonly sync: () => Promise<void>;
}

export function useEntitlements(): UseEntitlements {
  const { store } = useAccount();
  const state = useEntitlementsState();
  const refresh = useCallback(() => store.refresh({ fresh: true }), [store]);
  return useMemo(() => ({ ...state, refresh, sync: store.sync }), [state, refresh, store]);
}

/** Whether the user may use something. Denied until an answer grants it. */
export function useAccess(check: AccessCheck = {}): AccessDecision {
  return decide(useEntitlementsState(), check);
}

/** The client of the provider, for checkout, portal and deletion. */
export function useAccountClient(): Client {
  return useAccount().client;
}

function useEntitlementsState(): EntitlementsState {
  const { store, serverState, user } = useAccount();
  const onServer = user === null ? signedOut : serverState;
  return useSyncExternalStore(
    store.subscribe,
    () => store.stateOf(user),
    () => onServer,
  );
}
