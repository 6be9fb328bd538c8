/** A history as data: the actions of a few users and the fault rates, all drawn from one seed. */
import fc from 'fast-check';
import type { RefundPolicy } from '../core/refund/policy.ts';
import type { FaultProfile } from './engine/fault-injector.ts';

/** How often each action is drawn. What needs a certain state to happen at all is drawn more often. */
const weights = {
  checkout: 8,
  buy_once: 8,
  refund_once: 6,
  dispute_once: 4,
  delete_while_paying: 3,
  change_subscription: 8,
  open_portal: 1,
  sync_own: 3,
  subscribe: 6,
  start_trial: 4,
  duplicate_customer: 3,
  rate_limited_customer: 3,
  schedule_subscription: 6,
  cancel_schedule: 16,
  renew: 5,
  fail_renewal: 6,
  recover: 20,
  give_up: 18,
  mark_unpaid: 34,
  cancel: 1,
  cancel_at_period_end: 3,
  undo_cancel: 48,
  change_plan: 1,
  change_plan_in_a_burst: 3,
  events_of_a_payment: 6,
  change_product: 4,
  pause: 6,
  resume: 30,
  end_trial: 5,
  sign_up_again: 7,
  delete_account: 4,
  delete_account_later: 2,
  delete_during_sign_up: 3,
  deletion_refused: 3,
  customer_deleted_by_hand: 1,
  refund: 2,
  dispute: 5,
  card_expires: 7,
  replace_card: 2,
  card_updated: 1,
  payment_must_be_confirmed: 50,
  confirmation_fails: 2,
  pause_collection: 2,
  creation_fails: 2,
  user_deleted_in_cognito: 1,
  records_lost: 1,
  profile_contradicted: 1,
  app_marks_profile: 1,
  other_writer_writes: 4,
  grant_until: 6,
  grant_forever: 4,
  revoke_grants: 10,
  customer_reassigned: 3,
  name_edited_away: 4,
  reconcile: 2,
  buy_in_store: 6,
  store_renew: 2,
  store_cancel: 3,
  store_uncancel: 2,
  store_payment_fails: 3,
  store_recover: 2,
  store_pause: 2,
  store_resume: 2,
  store_refund: 2,
  store_expire: 2,
  store_transfer: 3,
  store_promotion: 3,
  stores_unreachable: 2,
} as const;

export type ActionKind = keyof typeof weights;

const kinds = fc.oneof(
  ...Object.entries(weights).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.constant(kind as ActionKind),
  })),
);

export interface Action {
  readonly kind: ActionKind;
  readonly user: number;
  /** The time since the previous action. */
  readonly gapMs: number;
  /** Decides what the kind leaves open, such as the plan or the subscription. */
  readonly variant: number;
  /** Restricts the action to subscriptions of this customer. */
  readonly customerId?: string;
}

export interface History {
  /** Seeds the latencies, the faults and all other random choices of the run. */
  readonly seed: number;
  readonly actions: readonly Action[];
  readonly faultRates: Omit<FaultProfile, 'endsAtMs'>;
  /** The probability that the first creation of a user's customer fails, and that Stripe stores the failure. */
  readonly storedFailureRate: number;
  /** Whether the checkout begins a person's first subscription with a trial. */
  readonly offersTrials: boolean;
  /** How long the app's own trial lasts, which begins at sign-up. 0: there is none. */
  readonly signUpTrialDays: number;
  /** Whether the product has an app in a store, whose purchases RevenueCat reports. */
  readonly hasStores: boolean;
  /** How far RevenueCat's clock is ahead of Stripe's. */
  readonly storeClockAheadMs: number;
  /** Whether another stage with its own pool and tables shares the Stripe account. */
  readonly sharesStripe: boolean;
  /** Whether the adoption is complete at the start. Otherwise it is completed before the final reconcile. */
  readonly isAdopted: boolean;
  /** Whether the app writes profiles and rows of its own when users sign up, as it did before this service was installed. */
  readonly appWritesRecords: boolean;
  /** How many paying customers appear before each final reconcile run although the pool knows none of their users. */
  readonly strangers: number;
  /** The probability that a webhook is never delivered. */
  readonly dropRate: number;
  /** The probability that a webhook is delivered twice. */
  readonly duplicateRate: number;
  /** The largest error of a machine's clock, in either direction. */
  readonly skewMs: number;
  /** Whether a queue is between the webhook and its worker. */
  readonly hasQueue: boolean;
  /** What a deletion refunds, and what it refunds after the setting was changed. */
  readonly refundPolicies: readonly [RefundPolicy, RefundPolicy];
  /** When the setting is changed, in days after the start. */
  readonly refundPolicyChangesDays: number;
}

/** Mostly milliseconds to seconds, so that actions overlap. At times days, so that keys and periods expire. */
const gaps = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_600_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * 86_400_000 }) },
);

export const USER_COUNT = 3;

/** Most actions are of one user, so that they meet. */
const users = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2) },
);

const actions = fc.array(
  fc.record({
    kind: kinds,
    user: users,
    gapMs: gaps,
    variant: fc.nat(11),
  }),
  { minLength: 1, maxLength: 18 },
);

const refundPolicies: fc.Arbitrary<RefundPolicy> = fc.constantFrom<RefundPolicy>(
  { kind: 'none' },
  { kind: 'none' },
  { kind: 'pro_rata' },
  { kind: 'full_within_days', days: 14, older: 'none' },
  { kind: 'full_within_days', days: 7, older: 'pro_rata' },
);

const oneIn = (count: number): fc.Arbitrary<boolean> => fc.nat(count - 1).map((drawn) => drawn === count - 1);

export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.noShrink(fc.integer()),
  actions,
  faultRates: fc.record({
    faultRate: fc.constantFrom(0, 0, 0.02, 0.1, 0.3),
    killRate: fc.constantFrom(0, 0, 0.01, 0.05),
    freezeRate: fc.constantFrom(0, 0.5, 1),
  }),
  storedFailureRate: fc.constantFrom(0, 0, 0, 1),
  offersTrials: fc.boolean(),
  signUpTrialDays: fc.constantFrom(0, 0, 7),
  hasStores: oneIn(3).map((isNot) => !isNot),
  storeClockAheadMs: fc.constantFrom(0, 0, -90_000, 90_000),
  sharesStripe: oneIn(4),
  isAdopted: oneIn(8).map((isNot) => !isNot),
  appWritesRecords: oneIn(6),
  strangers: oneIn(40).map((some) => (some ? 8 : 0)),
  dropRate: fc.constantFrom(0, 0, 0.2),
  duplicateRate: fc.constantFrom(0, 0.2),
  skewMs: fc.constantFrom(0, 2_000, 600_000),
  hasQueue: oneIn(3),
  refundPolicies: fc.tuple(refundPolicies, refundPolicies),
  refundPolicyChangesDays: fc.constantFrom(0.0005, 5, 20),
});

/** Makes histories more likely to meet something: settings that are fixed, and kinds that every second action has. */
export interface Focus {
  readonly settings?: Partial<Omit<History, 'seed' | 'actions'>>;
  readonly kinds?: readonly ActionKind[];
}

export function focusedOn(history: History, { settings = {}, kinds = [] }: Focus): History {
  const actions = history.actions.map((action, index) => {
    const kind = kinds[(action.variant + index) % kinds.length];
    return kind === undefined || index % 2 === 1 ? action : { ...action, kind };
  });
  return { ...history, ...settings, actions };
}
