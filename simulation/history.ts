/** What happens to a few users, and under what weather: all that a seed decides, as data. */
import fc from 'fast-check';
import type { FaultProfile } from './engine/fault-injector.ts';

export const actionKinds = [
  'subscribe',
  'subscribe',
  'subscribe',
  'start_trial',
  'spare_customer',
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
  /** Since the action before, in milliseconds. */
  readonly gapMs: number;
  /** Settles what the kind leaves open: which plan, which subscription. */
  readonly variant: number;
}

export interface History {
  /** Of the latencies, the faults and all other chance while it runs. */
  readonly seed: number;
  readonly actions: readonly Action[];
  readonly faultRates: Omit<FaultProfile, 'endsAtMs'>;
  /** Of webhooks: lost for good, and delivered again though they had arrived. */
  readonly dropRate: number;
  readonly duplicateRate: number;
  /** Machines' clocks are off by up to this, either way. */
  readonly skewMs: number;
}

/** Mostly moments apart, so that things meet; at times days, so that keys and periods end. */
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
