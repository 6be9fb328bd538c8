/**
 * Changes, cancels and resumes a user's own subscription. Every round reads the subscription, decides the one next step, and
 * takes it, until nothing is left to do. So a request that stops anywhere is continued by its repetition, and what another
 * request or the billing portal does in between is seen. Nothing is stored or locked here: the key of a step is that of the
 * state which was seen, so of two requests that have seen the same, Stripe carries out one.
 */

import type { ProfileStore } from '../account/profile.ts';
import type { CatalogueView } from '../catalogue/entry.ts';
import { noPlanOrder } from '../entitlement/plan-order.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { endAtRequest, endPendingChange, endSchedule } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import { type Limited, type LimitServices, limitRequest } from '../limits/request-limits.ts';
import { hasEnded } from '../subscription/status.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Changeable, ChangeEnder, Reason, SubscriptionChanger, WriteResult } from './changeable.ts';
import { directionOf } from './direction.ts';
import {
  type Finding,
  type FindServices,
  findSubscription,
  type OwnSubscription,
  readRecords,
} from './find.ts';
import { type Goal, nextStep, type Outcome, type Step } from './next-step.ts';
import { refusalOfCredit } from './paid-back.ts';
import { type PreviewMark, previewMarkOf, stateOf } from './preview-mark.ts';
import { type ChangeRequest, type Wanted, type WantedRefusal, wantedOf } from './wanted.ts';

export interface ChangeServices extends FindServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly subscriptions: SubscriptionChanger & ChangeEnder;
  /** Writes what the customer pays for to the user's row. */
  readonly syncCustomer: (of: { readonly sub: string; readonly customerId: string }) => Promise<unknown>;
  readonly requests: LimitServices['requests'];
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly hash: (text: string) => string;
  /** What can be bought. */
  readonly catalogue: CatalogueView;
}

export type When = 'now' | 'period_end';

export type ChangeOrder =
  | {
      readonly kind: 'change';
      readonly request: ChangeRequest;
      /** Undefined: by the direction of the change. */
      readonly when?: When | undefined;
      /** What the user was shown. Undefined: nothing. */
      readonly preview?: PreviewMark | undefined;
    }
  | ({ readonly kind: 'cancel' } & Reason)
  | { readonly kind: 'resume' };

export type ChangeOutcome =
  | { readonly kind: 'carried_out'; readonly outcome: Outcome; readonly subscription: Changeable }
  | Exclude<Finding, OwnSubscription>
  | WantedRefusal
  | Extract<Step, { kind: 'refuse' }>
  /** The user was shown something else than what would be billed. */
  | { readonly kind: 'preview_outdated' }
  /** Another request changed the subscription at the same time. */
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'account_deleted' }
  | Limited;

/** The longest way: discard, release, create, plan, and what others do in between. */
const MAX_ROUNDS = 12;
/** A state that a request of before has used the keys of, with another aim, has further ones. */
const MAX_GENERATIONS = 6;
/** Another request with the same key is carried out in this time, or has failed. */
const WAIT_MS = 1_500;

export function createChange(services: ChangeServices) {
  return async (sub: string, order: ChangeOrder): Promise<ChangeOutcome> => {
    const records = await readRecords(services, sub);
    if (records.profile?.deletion != null) return { kind: 'account_deleted' };
    if (records.profile === undefined && records.row === undefined) return { kind: 'no_subscription' };
    const limited = await limitRequest(services, sub, 'subscription');
    if (limited !== undefined) return limited;
    const found = await findSubscription(services, sub, records);
    if (found.kind !== 'found') return found;
    const outcome = await carryOut(services, { sub, own: found, row: records.row }, order);
    // Before the answer, so that the next read of the entitlements shows it. A repetition comes here too.
    if (outcome.kind === 'carried_out') await services.syncCustomer({ sub, customerId: found.customerId });
    return outcome;
  };
}

interface Job {
  readonly sub: string;
  readonly own: OwnSubscription;
  readonly row: EntitlementRow | undefined;
}

async function carryOut(services: ChangeServices, job: Job, order: ChangeOrder): Promise<ChangeOutcome> {
  const { subscriptions, clock, hash } = services;
  const used = new Map<string, number>();
  let last: { readonly result: WriteResult; readonly state: string } | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const seen = await subscriptions.readChangeable(job.own.subscriptionId);
    // It may have ended since it was listed.
    if (seen === 'missing' || hasEnded(seen.status)) return { kind: 'no_subscription' };
    const goal = goalOf(services, seen, order);
    if (goal.kind === 'refused') return goal;
    const shown = round === 0 && order.kind === 'change' ? order.preview?.amountDue : undefined;
    const step = nextStep(seen, goal.kind === 'change' ? { ...goal, shown } : goal);
    if (step.kind === 'done') return { kind: 'carried_out', outcome: step.outcome, subscription: seen };
    if (step.kind === 'refuse') return step;
    const state = hash(JSON.stringify(stateOf(seen)));
    if (last?.result === 'taken' && last.state !== state) return { kind: 'in_progress' };
    // What Stripe refuses of an unchanged subscription, it refuses permanently.
    if (typeof last?.result === 'object' && last.state === state) throw last.result.refused;
    const generation = used.get(state) ?? 0;
    if (generation === MAX_GENERATIONS) throw keysAreUsed();
    used.set(state, generation + 1);
    const unpaid = round === 0 ? await refusalOfCredit(services, seen, { goal, row: job.row }) : undefined;
    if (unpaid !== undefined) return unpaid;
    if (round === 0 && goal.kind === 'change' && !(await isAsShown(services, seen, { goal, order })))
      return { kind: 'preview_outdated' };
    if (!(await isAlive(services, job.sub))) return { kind: 'account_deleted' };
    const key = `change-${hash(JSON.stringify([job.own, state, generation]))}`;
    const result = await take(services, { job, seen, order, goal }, { step, key });
    if (result === 'taken') await clock.sleep(WAIT_MS);
    last = { result, state };
  }
  return { kind: 'in_progress' };
}

function keysAreUsed(): Fault {
  return new Fault({
    code: 'unavailable',
    system: 'stripe',
    operation: 'change subscription',
    reason: 'change_failures_stored',
  });
}

/** Read as late as possible: a deletion that began before is seen, and one that begins later deletes the customer. */
async function isAlive({ profiles }: ChangeServices, sub: string): Promise<boolean> {
  const profile = await profiles.read(sub);
  return profile !== undefined && profile.deletion === null;
}

type GoalReading = Goal | WantedRefusal;

function goalOf(
  { policy, catalogue }: Pick<ChangeServices, 'policy' | 'catalogue'>,
  seen: Changeable,
  order: ChangeOrder,
): GoalReading {
  if (order.kind !== 'change') return order;
  const { planOrder = noPlanOrder } = policy;
  const reading = wantedOf(seen, order.request, { catalogue, planOrder });
  if (reading.kind === 'refused') return reading;
  const { wanted } = reading;
  return { kind: 'change', wanted, when: order.when ?? defaultWhen(seen, wanted, planOrder) };
}

/** What is less is paid until the end of the period. In a trial nothing is paid, so nothing is lost by a change. */
export function defaultWhen(
  { status }: Pick<Changeable, 'status'>,
  { from, to }: Pick<Wanted, 'from' | 'to'>,
  order: Parameters<typeof directionOf>[2],
): When {
  const direction = directionOf(from, to, order);
  if (status === 'trialing' || direction === 'upgrade' || direction === 'same') return 'now';
  return 'period_end';
}

interface Aim {
  readonly goal: Extract<Goal, { kind: 'change' }>;
  readonly order: ChangeOrder;
}

/** Whether what is billed now is what the user was shown, to the smallest unit. */
async function isAsShown(
  { subscriptions, clock, hash }: ChangeServices,
  seen: Changeable,
  { goal, order }: Aim,
): Promise<boolean> {
  if (order.kind !== 'change' || order.preview === undefined) return true;
  const { preview: shown } = order;
  const { wanted, when } = goal;
  const subject = { seen, wanted, when };
  if (previewMarkOf({ ...shown, subject, hash }).digest !== shown.digest) return false;
  if (!isRecent(shown, nowSeconds(clock))) return false;
  if (when === 'period_end' || seen.status === 'trialing') return true;
  const query = { subscriptionId: seen.id, edits: wanted.edits, prorationAt: shown.prorationAt };
  const { amountDue } = await subscriptions.previewChange(query);
  return amountDue === shown.amountDue;
}

/** A client could otherwise choose the second for which the difference is calculated. */
export const PREVIEW_SECONDS = 600;
/** The clocks of two machines differ. */
const SKEW_SECONDS = 30;

function isRecent({ prorationAt }: PreviewMark, now: number): boolean {
  return prorationAt > now - PREVIEW_SECONDS && prorationAt <= now + SKEW_SECONDS;
}

interface Context extends Pick<Aim, 'order'> {
  readonly job: Job;
  readonly seen: Changeable;
  readonly goal: Goal;
}

function take(
  { subscriptions }: ChangeServices,
  { job, seen, order, goal }: Context,
  { step, key }: { readonly step: Exclude<Step, { kind: 'done' | 'refuse' }>; readonly key: string },
): Promise<WriteResult> {
  const { id: subscriptionId } = seen;
  const evidence: Evidence = { ownership: job.own.ownership, basis: { kind: 'requested' } };
  switch (step.kind) {
    case 'discard_change':
      return endPendingChange(subscriptions, { invoiceId: step.invoiceId, key, evidence });
    case 'release_schedule':
      return endSchedule(subscriptions, { scheduleId: step.scheduleId, key, evidence });
    case 'end_with_period': {
      const { feedback, comment } = goal.kind === 'cancel' ? goal : noReason;
      return endAtRequest(subscriptions, { subscriptionId, reason: { feedback, comment }, key, evidence });
    }
    case 'undo_end':
      return subscriptions.undoEnd({ subscriptionId, withPeriod: step.withPeriod }, key);
    case 'create_schedule':
      return subscriptions.createSchedule(subscriptionId, key);
    case 'plan_next':
      return subscriptions.planNext({ scheduleId: step.scheduleId, items: step.items }, key);
    default: {
      const prorationAt = order.kind === 'change' ? (order.preview?.prorationAt ?? null) : null;
      return subscriptions.changeItems({ subscriptionId, edits: step.edits, prorationAt }, key);
    }
  }
}

const noReason: Reason = { feedback: null, comment: null };
