/** Decides whether the user may use a part of the app. Pure. */
import type { AccountError, Entitlements } from '../core/index.ts';
import type { EntitlementsState } from './store.ts';

export interface AccessCheck {
  /** The plan, or one of the plans, that the user must have. */
  readonly plan?: string | readonly string[];
  /** The feature that the plan must include. */
  readonly feature?: string;
}

export interface AccessDecision {
  /** False unless an answer says otherwise. */
  readonly granted: boolean;
  readonly status: 'loading' | 'granted' | 'denied' | 'signed_out' | 'error';
  readonly error: AccountError | undefined;
}

export function mayUse(entitlements: Entitlements, { plan, feature }: AccessCheck): boolean {
  if (!entitlements.access_granted) return false;
  if (plan !== undefined && ![plan].flat().includes(entitlements.plan ?? '')) return false;
  return feature === undefined || (entitlements.features ?? []).includes(feature);
}

/** While a payment is being confirmed, a user who has no access yet is not refused. */
export function decide(state: EntitlementsState, check: AccessCheck): AccessDecision {
  const { status, entitlements, error, isConfirming } = state;
  if (entitlements === undefined)
    return { granted: false, status: status === 'ready' ? 'error' : status, error };
  const granted = mayUse(entitlements, check);
  return { granted, status: granted ? 'granted' : isConfirming ? 'loading' : 'denied', error };
}
