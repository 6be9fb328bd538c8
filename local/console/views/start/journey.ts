/** Which step of the way from sign-up to deletion is a user's next. Pure. */
import type { UserDetail } from '../../../control/contract.ts';
import type { Actor } from '../../state/session.ts';

export const stages = ['sign_up', 'confirm', 'sign_in', 'subscribe', 'use', 'deleted'] as const;
/** `use`: the user has bought something, and may manage it or delete the account. */
export type Stage = (typeof stages)[number];

/** `detail` undefined: it is being read. */
export function stageOf(actor: Actor | null, detail: UserDetail | undefined): Stage | 'reading' {
  if (actor === null) return 'sign_up';
  if (detail === undefined) return 'reading';
  const { user } = detail.cognito;
  if (user === null) return 'deleted';
  if (user['UserStatus'] === 'UNCONFIRMED') return 'confirm';
  if (actor.idToken === null) return 'sign_in';
  return hasBought(detail) ? 'use' : 'subscribe';
}

export function isDone(stage: Stage, current: Stage | 'reading'): boolean {
  return current !== 'reading' && stages.indexOf(stage) < stages.indexOf(current);
}

function hasBought({ stripe, revenuecat, answer }: UserDetail): boolean {
  const live = stripe.subscriptions.some(
    ({ status }) => status !== 'canceled' && status !== 'incomplete_expired',
  );
  return live || revenuecat.purchases.length > 0 || answer.access_granted;
}
