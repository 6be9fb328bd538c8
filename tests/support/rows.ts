/** Builds entitlement rows as the store returns them. */
import { type Access, access } from '../../core/entitlement/access.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import { project } from '../../core/entitlement/project.ts';
import {
  type AccessState,
  type EntitlementRow,
  emptyState,
  emptySubscriptionState,
  neverSynced,
  type SubscriptionState,
} from '../../core/entitlement/row.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';

export function row(overrides: Partial<EntitlementRow> = {}): EntitlementRow {
  return {
    ...emptyState,
    ...neverSynced,
    sub: 'user-1',
    features: null,
    unreadable: false,
    trialStartedAt: null,
    updatedAt: null,
    fence: { version: 1 },
    ...overrides,
  };
}

/** What a single state means for access. */
export function accessOf(state: AccessState | undefined, at: number, policy: AccessPolicy): Access {
  const { granted, reason } = access(state === undefined ? [] : [state], at, policy);
  return { granted, reason };
}

/** The state of the subscription that decides. */
export function stateOf(subscriptions: readonly Subscription[]): SubscriptionState {
  return project(subscriptions).states[0] ?? emptySubscriptionState;
}
