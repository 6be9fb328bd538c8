/**
 * Decides what to do next so that a subscription becomes what its user asks for. Each step is one call to Stripe, after which
 * the state is read again. So a request that was interrupted is continued by its repetition, wherever it stopped. Pure.
 */
import type { BilledItem, Changeable, ItemEdit, Reason } from './changeable.ts';
import { billsSame, type Wanted } from './wanted.ts';

/** What the user asks for. */
export type Goal =
  | {
      readonly kind: 'change';
      readonly wanted: Wanted;
      readonly when: 'now' | 'period_end';
      /** What the user was shown to pay. Undefined: nothing, or this request has made the change that waits. */
      readonly shown?: number | undefined;
    }
  | ({ readonly kind: 'cancel' } & Reason)
  | { readonly kind: 'resume' };

export type StepRefusal =
  /** An open payment comes first. */
  | 'payment_due'
  /** It is scheduled to end. The user must resume it first: a change would be paid for a time that does not come. */
  | 'subscription_ends'
  | 'change_not_available';

export type Outcome =
  | { readonly kind: 'changed' }
  | { readonly kind: 'scheduled'; readonly at: number }
  /** Nothing has changed yet. The change applies once the user pays on this page. */
  | { readonly kind: 'payment_required'; readonly url: string; readonly expiresAt: number | null }
  | { readonly kind: 'ending'; readonly at: number }
  | { readonly kind: 'resumed' };

export type Step =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refuse'; readonly code: StepRefusal; readonly detail: string }
  | { readonly kind: 'discard_change'; readonly invoiceId: string }
  | { readonly kind: 'release_schedule'; readonly scheduleId: string }
  | { readonly kind: 'change_items'; readonly edits: readonly ItemEdit[] }
  | { readonly kind: 'create_schedule' }
  | { readonly kind: 'plan_next'; readonly scheduleId: string; readonly items: readonly BilledItem[] }
  | { readonly kind: 'end_with_period' }
  | { readonly kind: 'undo_end'; readonly withPeriod: boolean };

export function nextStep(state: Changeable, goal: Goal): Step {
  const { schedule } = state;
  if (state.status === 'paused')
    return refuse('change_not_available', 'The subscription is paused. Resume it in the billing portal.');
  if (schedule !== null && !isOurs(schedule))
    return refuse('change_not_available', 'A schedule manages the subscription, which support has set up.');
  switch (goal.kind) {
    case 'cancel':
      return nextOfCancel(state);
    case 'resume':
      return nextOfResume(state);
    default:
      return nextOfChange(state, goal);
  }
}

/** A schedule that does nothing is that of an interrupted request, or one whose change is made. */
function isOurs({ isOurs: isMarked, isComplex, next }: NonNullable<Changeable['schedule']>): boolean {
  return !isComplex && (isMarked || next === null);
}

function nextOfChange(state: Changeable, { wanted, when, shown }: Extract<Goal, { kind: 'change' }>): Step {
  const { pending, schedule } = state;
  const refusal = refusalOf(state);
  if (refusal !== undefined) return refusal;
  if (pending !== null) {
    // The page of an earlier request takes what the change cost then.
    const isAsShown = shown === undefined || pending.amountDue === shown;
    const isThis = when === 'now' && isAsShown && billsSame(pending.items, wanted.items);
    return isThis && pending.url !== null
      ? payment(pending.url, pending.expiresAt)
      : discard(pending.invoiceId);
  }
  if (billsSame(state.items, wanted.items)) {
    // To want what one has is to undo what is planned.
    return schedule === null ? done({ kind: 'changed' }) : release(schedule.id);
  }
  if (when === 'now')
    return schedule === null ? { kind: 'change_items', edits: wanted.edits } : release(schedule.id);
  if (schedule === null) return { kind: 'create_schedule' };
  if (schedule.next !== null && billsSame(schedule.next.items, wanted.items))
    return done({ kind: 'scheduled', at: schedule.next.at });
  if (schedule.isBlank) return { kind: 'plan_next', scheduleId: schedule.id, items: wanted.items };
  return release(schedule.id);
}

function refusalOf({ status, endsAt, isCharged, isCollectionPaused }: Changeable): Step | undefined {
  if (status === 'past_due' || status === 'unpaid')
    return refuse('payment_due', 'A payment of the subscription is due. The user must pay it first.');
  if (status !== 'active' && status !== 'trialing')
    return refuse('change_not_available', 'The subscription is not active.');
  if (endsAt !== null)
    return refuse('subscription_ends', 'The subscription is going to end. Resume it first.');
  if (!isCharged) return refuse('change_not_available', 'The subscription is paid by invoice.');
  return isCollectionPaused
    ? refuse('change_not_available', 'The collection of payments is paused.')
    : undefined;
}

function nextOfCancel({ pending, schedule, endsAt }: Changeable): Step {
  // Its invoice could still be paid, for a plan that ends.
  if (pending !== null) return discard(pending.invoiceId);
  if (endsAt !== null) return done({ kind: 'ending', at: endsAt });
  // Stripe schedules no end of a subscription that a schedule manages.
  return schedule === null ? { kind: 'end_with_period' } : release(schedule.id);
}

function nextOfResume({ pending, schedule, endsAt, endsWithPeriod }: Changeable): Step {
  if (pending !== null) return discard(pending.invoiceId);
  if (schedule !== null) return release(schedule.id);
  if (endsAt !== null) return { kind: 'undo_end', withPeriod: endsWithPeriod };
  return done({ kind: 'resumed' });
}

function done(outcome: Outcome): Step {
  return { kind: 'done', outcome };
}

function payment(url: string, expiresAt: number | null): Step {
  return done({ kind: 'payment_required', url, expiresAt });
}

function release(scheduleId: string): Step {
  return { kind: 'release_schedule', scheduleId };
}

function discard(invoiceId: string | null): Step {
  return invoiceId === null
    ? refuse('change_not_available', 'A change waits for its payment.')
    : { kind: 'discard_change', invoiceId };
}

function refuse(code: StepRefusal, detail: string): Step {
  return { kind: 'refuse', code, detail };
}
