/** A deliberate defect, and how it replaces a part of what the use cases receive. */

import { mergeClaims, stateOfClaims } from '../../core/entitlement/merge-claims.ts';
import type { ClaimSource, EntitlementRow, EntitlementState } from '../../core/entitlement/row.ts';
import type { Focus } from '../history.ts';
import type { Mutation, Systems } from '../systems.ts';

export interface Mutant {
  readonly name: string;
  /** The numbers of the invariants that it must violate. */
  readonly violates: readonly string[];
  readonly mutate: Mutation;
  /** What a history must meet for the defect to show. */
  readonly focus?: Focus;
}

export const entitlements = (systems: Systems, replacement: Partial<Systems['entitlements']>): Systems => {
  return { ...systems, entitlements: { ...systems.entitlements, ...replacement } };
};
/** Changes every row as a use case reads it. */
export const reading = (systems: Systems, change: (row: EntitlementRow) => EntitlementRow): Systems => {
  const { entitlements: store } = systems;
  const changed = (row: EntitlementRow | undefined) => (row === undefined ? row : change(row));
  return entitlements(systems, {
    read: async (sub) => changed(await store.read(sub)),
    takeLease: async (sub, lease) => changed(await store.takeLease(sub, lease)),
  });
};
export const profiles = (systems: Systems, replacement: Partial<Systems['profiles']>): Systems => {
  return { ...systems, profiles: { ...systems.profiles, ...replacement } };
};
export const billing = (systems: Systems, replacement: Partial<Systems['billing']>): Systems => {
  return { ...systems, billing: { ...systems.billing, ...replacement } };
};
export const syncs = (
  systems: Systems,
  replacement: (sync: ReturnType<Systems['sync']>) => ReturnType<Systems['sync']>,
): Systems => {
  return { ...systems, sync: (services) => replacement(systems.sync(services)) };
};

/** Replaces how a sync reads profiles. The other use cases are not affected. */
export function withSyncProfiles(systems: Systems, read: Systems['profiles']['read']): Systems {
  return { ...systems, sync: (services) => systems.sync({ ...services, profiles: { read } }) };
}

type Replace = Systems['entitlements']['replace'];
type State = Parameters<Replace>[1];

/** Changes what a use case writes to an existing row. */
export function writing<T extends { readonly entitlements: { readonly replace: Replace } }>(
  services: T,
  change: (state: State, before: EntitlementRow) => State,
): T {
  const { entitlements: store } = services;
  const replace: Replace = (row, state) => store.replace(row, change(state, row));
  return { ...services, entitlements: { ...store, replace } };
}

export function without<T extends EntitlementState>(state: T, source: ClaimSource): T {
  const claims = mergeClaims(state.claims, { source, claims: [], sold: null, begins: false });
  return { ...state, ...stateOfClaims(claims, state.features) };
}
