/** A history as data: the actions of a few users and the fault rates, all drawn from one seed. */
import fc from 'fast-check';
import type { FaultProfile } from './engine/fault-injector.ts';

export const actionKinds = [
  'subscribe',
  'subscribe',
  'subscribe',
  'start_trial',
  'duplicate_customer',
  'renew',
  'fail_renewal',
  'recover',
  'give_up',
  'mark_unpaid',
  'cancel',
  'cancel_at_period_end',
  'undo_cancel',
  'change_plan',
  'pause',
  'resume',
  'end_trial',
  'sign_up_again',
  'sign_up_again',
  'delete_account',
  'delete_account',
  'customer_deleted_by_hand',
  'refund',
  'dispute',
  'pause_collection',
] as const;

export type ActionKind = (typeof actionKinds)[number];

export interface Action {
  readonly kind: ActionKind;
  readonly user: number;
  /** The time since the previous action. */
  readonly gapMs: number;
  /** Decides what the kind leaves open, such as the plan or the subscription. */
  readonly variant: number;
}

export interface History {
  /** Seeds the latencies, the faults and all other random choices of the run. */
  readonly seed: number;
  readonly actions: readonly Action[];
  readonly faultRates: Omit<FaultProfile, 'endsAtMs'>;
  /** The probability that a webhook is never delivered. */
  readonly dropRate: number;
  /** The probability that a webhook is delivered twice. */
  readonly duplicateRate: number;
  /** The largest error of a machine's clock, in either direction. */
  readonly skewMs: number;
}

/** Mostly milliseconds to seconds, so that actions overlap. At times days, so that keys and periods expire. */
const gaps = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_600_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * 86_400_000 }) },
);

export const USER_COUNT = 2;

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(...actionKinds),
    user: fc.nat(USER_COUNT - 1),
    gapMs: gaps,
    variant: fc.nat(11),
  }),
  { minLength: 1, maxLength: 12 },
);

export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.noShrink(fc.integer()),
  actions,
  faultRates: fc.record({
    faultRate: fc.constantFrom(0, 0, 0.02, 0.1, 0.3),
    killRate: fc.constantFrom(0, 0, 0.01, 0.05),
  }),
  dropRate: fc.constantFrom(0, 0, 0.2),
  duplicateRate: fc.constantFrom(0, 0.2),
  skewMs: fc.constantFrom(0, 2_000, 600_000),
});
