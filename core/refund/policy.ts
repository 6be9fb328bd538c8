/**
 * The policy that says what of a paid period is refunded when its user deletes the account. The policy as of the request is
 * recorded with the deletion, so that a change of the setting in between changes nothing about it.
 */
import type { Reading } from '../settings/text.ts';

export type RefundPolicy =
  | { readonly kind: 'none' }
  /** The unused part of what was paid for. */
  | { readonly kind: 'pro_rata' }
  /** A payment of at most so many days before the request in full. An older one by `older`. */
  | { readonly kind: 'full_within_days'; readonly days: number; readonly older: 'none' | 'pro_rata' };

/** The policy as of the request, and when that was. */
export interface RefundTerms {
  readonly policy: RefundPolicy;
  /** Unix seconds. What is used is counted up to this moment, however long the deletion takes. */
  readonly requestedAt: number;
}

export const noRefund: RefundPolicy = { kind: 'none' };

const MAX_DAYS = 365;
const FULL = /^full_within_days:([1-9]\d{0,2})(?:,(pro_rata|none))?$/;

/** Reads `none`, `pro_rata`, `full_within_days:14` or `full_within_days:14,pro_rata`. */
export function readRefundPolicy(text: string): Reading<RefundPolicy> {
  const plain = text.toLowerCase().replace(/\s+/g, '');
  if (plain === 'none' || plain === 'pro_rata') return { value: { kind: plain } };
  const [, days, older] = FULL.exec(plain) ?? [];
  if (days === undefined || Number(days) > MAX_DAYS) {
    const days = `full_within_days:DAYS with 1 to ${MAX_DAYS} days`;
    return { wrong: `is no policy: set none, pro_rata, ${days}, or that and ,pro_rata` };
  }
  const kind = 'full_within_days';
  return { value: { kind, days: Number(days), older: older === 'pro_rata' ? 'pro_rata' : 'none' } };
}

export function refundPolicyText(policy: RefundPolicy): string {
  if (policy.kind !== 'full_within_days') return policy.kind;
  const full = `full_within_days:${policy.days}`;
  return policy.older === 'pro_rata' ? `${full},pro_rata` : full;
}

/** Returns the text that is recorded with a deletion. */
export function refundTermsText({ policy, requestedAt }: RefundTerms): string {
  return `${refundPolicyText(policy)} ${requestedAt}`;
}

/** Returns null for a text of another form: what was not recorded as promised is not refunded. */
export function readRefundTerms(text: string | null): RefundTerms | null {
  const [policyText, at, ...others] = text?.split(' ') ?? [];
  if (policyText === undefined || at === undefined || others.length > 0 || !/^\d{1,12}$/.test(at))
    return null;
  const reading = readRefundPolicy(policyText);
  return 'value' in reading ? { policy: reading.value, requestedAt: Number(at) } : null;
}
