/** The marks of deletions on profiles, and what was promised with the first one. */
import type { DeletionMark, Profile } from '../../core/account/profile.ts';
import type { RefundTerms } from '../../core/refund/policy.ts';

/** The terms as they were recorded, and when. */
export interface Promised extends RefundTerms {
  readonly atMs: number;
}

export function withMark(
  existing: Profile | undefined,
  { userId, username, at, requested, refund }: DeletionMark,
): Profile {
  const deletion = {
    requestedAt: existing?.deletion?.requestedAt ?? at,
    username: username ?? existing?.deletion?.username ?? null,
    requested: requested || existing?.deletion?.requested === true,
    refund: existing?.deletion?.refund ?? refund ?? null,
  };
  const { customerId = null, createdAt = null } = existing ?? {};
  return { userId, customerId, deletion, createdAt };
}

/** Keeps what a profile was promised first. The profile itself is deleted with the account. */
export function notePromise(
  promised: Map<string, Promised[]>,
  {
    existing,
    marked,
    atMs,
  }: { readonly existing: Profile | undefined; readonly marked: Profile; readonly atMs: number },
): void {
  const { refund = null } = marked.deletion ?? {};
  if (refund === null || (existing?.deletion?.refund ?? null) !== null) return;
  promised.set(marked.userId, [...(promised.get(marked.userId) ?? []), { ...refund, atMs }]);
}
