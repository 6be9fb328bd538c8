/** One line of the list of users. Pure. */
import { rowOf } from '../../../adapters/dynamodb/entitlement-item.ts';
import { answerOf } from '../../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../../core/entitlement/policy.ts';
import type { UserSummary } from '../contract.ts';
import { attributeOf, type StoredUser } from './pool.ts';

export function summaryOf(
  stored: StoredUser,
  { nowSeconds, policy }: { readonly nowSeconds: number; readonly policy: AccessPolicy },
): UserSummary {
  const { sub, user, profile, row } = stored;
  const answer = answerOf(row === undefined ? undefined : rowOf(sub, row), nowSeconds, policy);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return {
    sub,
    email: (user === undefined ? undefined : attributeOf(user, 'email')) ?? text(profile?.['email']),
    username: text(user?.['Username']) ?? sub,
    userStatus: user === undefined ? 'not in Cognito' : String(user['UserStatus']),
    createdMs: createdMsOf(user?.['UserCreateDate']),
    customerId: text(profile?.['stripeCustomerId']),
    status: answer.status,
    accessGranted: answer.access_granted,
    accessReason: answer.access_reason,
    plan: answer.plan,
    source: answer.source,
    leftover: user === undefined,
  };
}

/** Cognito states seconds, with fractions. */
function createdMsOf(date: unknown): number | null {
  return typeof date === 'number' ? Math.round(date * 1000) : null;
}

/** A part of the address or name, or the whole or beginning of an id. */
export function matchesSearch(summary: UserSummary, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return true;
  const { sub, email, username, customerId } = summary;
  return [sub, email, username, customerId].some((text) => text?.toLowerCase().includes(wanted) === true);
}

/** The newest first; what is left of deleted users last. */
export function newestFirst(a: UserSummary, b: UserSummary): number {
  return (b.createdMs ?? 0) - (a.createdMs ?? 0) || (a.sub < b.sub ? -1 : 1);
}
