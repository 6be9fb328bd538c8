/** The oracle agrees with the examples of docs/contract.md, and the product with the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/entitlement/answer.ts';
import { mergeClaims, stateOfClaims } from '../../core/entitlement/merge-claims.ts';
import { keysOfStorePlans } from '../../core/entitlement/plan-keys.ts';
import { noPlanOrder, type PlanOrder, parsePlanOrder } from '../../core/entitlement/plan-order.ts';
import type { Rule as ProductRule } from '../../core/entitlement/policy.ts';
import { nextState, project } from '../../core/entitlement/project.ts';
import { type EntitlementRow, neverSynced } from '../../core/entitlement/row.ts';
import { claimOfGrant } from '../../core/grants/terms.ts';
import { statementOf } from '../../core/stores/sync-stores.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { decidingOf, defaultPolicy, expectedAnswer, type Policy, type Reversal } from './answer.ts';
import { expectedOfGrants } from './grants.ts';
import { expectedStates } from './state.ts';
import { expectedInStores, type StoreItem } from './stores.ts';

const answerTo = (
  subscriptions: readonly Subscription[],
  options: { readonly at?: number; readonly policy?: Policy; readonly reversal?: Reversal } = {},
) => {
  const { at = T0 + DAY, policy = defaultPolicy, reversal = null } = options;
  const purchases = expectedStates(subscriptions).map((state) => ({ state, reversal }));
  return expectedAnswer({ purchases, features: ['pro'] }, at, policy);
};

const bought: StoreItem = {
  id: 'rc_a',
  productId: 'monthly',
  store: 'app_store',
  givesAccess: true,
  phase: 'paid',
  until: T0 + 30 * DAY,
  ends: false,
  billsAgain: true,
  manageUrl: 'https://store.example/a',
  features: ['pro'],
};

const answerInStores = (fields: Partial<StoreItem>, at = T0 + DAY) =>
  expectedAnswer(
    { purchases: expectedInStores([{ ...bought, ...fields }], T0), features: [] },
    at,
    defaultPolicy,
  );

const stopped = { givesAccess: false, until: T0 - DAY } as const;
const given = { store: 'promotional', phase: 'owned', until: null, billsAgain: false } as const;
const trial = subscription({ status: 'trialing', trialEnd: T0 + 30 * DAY });
const pastDue = subscription({ status: 'past_due' });
const graceOfThreeDays: Policy = {
  ...defaultPolicy,
  rules: { ...defaultPolicy.rules, past_due: { graceSeconds: 3 * DAY } },
};

describe('The oracle', () => {
  it.each([
    ['an active subscription', answerTo([subscription()]), true, 'active_subscription'],
    [
      'one within the grace',
      answerTo([subscription()], { at: T0 + 33 * DAY - 1 }),
      true,
      'active_subscription',
    ],
    ['one after the grace', answerTo([subscription()], { at: T0 + 33 * DAY }), false, 'lapsed'],
    [
      'one that ends with its period',
      answerTo([subscription({ cancelAtPeriodEnd: true })], { at: T0 + 30 * DAY }),
      false,
      'lapsed',
    ],
    ['a refunded one', answerTo([subscription()], { reversal: 'refunded' }), false, 'lapsed'],
    ['a disputed one', answerTo([subscription()], { reversal: 'dispute_open' }), true, 'active_subscription'],
    ['a trial', answerTo([trial]), true, 'trial'],
    ['a trial after its grace', answerTo([trial], { at: T0 + 33 * DAY }), false, 'trial_expired'],
    ['a failed renewal', answerTo([pastDue]), false, 'past_due'],
    [
      'a failed renewal within a grace',
      answerTo([pastDue], { at: T0 + 3 * DAY - 1, policy: graceOfThreeDays }),
      true,
      'past_due_grace',
    ],
    [
      'a failed renewal after a grace',
      answerTo([pastDue], { at: T0 + 3 * DAY, policy: graceOfThreeDays }),
      false,
      'past_due',
    ],
    ['a paused subscription', answerTo([subscription({ status: 'paused' })]), false, 'canceled'],
    ['an ended subscription', answerTo([subscription({ status: 'canceled' })]), false, 'canceled'],
    ['an unpaid first invoice', answerTo([subscription({ status: 'incomplete' })]), false, 'no_entitlement'],
    ['no subscription', answerTo([]), false, 'no_entitlement'],
  ])('answers as the contract says for %s', (_, answer, granted, reason) => {
    expect([answer.access_granted, answer.access_reason]).toEqual([granted, reason]);
    expect(answer.features).toEqual(granted ? ['pro'] : []);
  });

  it.each([
    ['a purchase in a store', answerInStores({}), true, 'active_subscription'],
    ['one within the grace', answerInStores({}, T0 + 33 * DAY - 1), true, 'active_subscription'],
    ['one after the grace', answerInStores({}, T0 + 33 * DAY), false, 'lapsed'],
    ['a canceled one at its end', answerInStores({ ends: true }, T0 + 30 * DAY), false, 'lapsed'],
    ['one past its end', answerInStores({ until: T0 }, T0 + 4 * DAY - 1), true, 'active_subscription'],
    ['one long past its end', answerInStores({ until: T0 }, T0 + 4 * DAY), false, 'lapsed'],
    ['a trial in a store', answerInStores({ phase: 'trial' }), true, 'trial'],
    [
      'a payment that is retried',
      answerInStores({ ...stopped, phase: 'payment_retried' }),
      false,
      'past_due',
    ],
    ['a paused one', answerInStores({ ...stopped, phase: 'paused' }), false, 'canceled'],
    ['one that is over', answerInStores({ ...stopped, phase: 'over', billsAgain: false }), false, 'canceled'],
    ['what was given away', answerInStores(given, T0 + 900 * DAY), true, 'active_subscription'],
  ])('answers by the rules of stores for %s', (_, answer, granted, reason) => {
    expect([answer.access_granted, answer.access_reason]).toEqual([granted, reason]);
    expect(answer.features).toEqual(granted ? ['pro'] : []);
  });

  it('names the store and where to change the purchase, and a gift as a grant', () => {
    expect(answerInStores({})).toMatchObject({ source: 'app_store', manage_url: 'https://store.example/a' });
    expect(answerInStores(given)).toMatchObject({ source: 'grant' });
  });

  it('lets the newest of equal subscriptions decide, and any active one before a trial', () => {
    const older = subscription({ id: 'sub_z', createdAt: T0 - 1 });
    const newer = subscription({ id: 'sub_a', createdAt: T0 });
    const newestTrial = subscription({ id: 'sub_t', status: 'trialing', createdAt: T0 + 1 });
    const deciding = (own: readonly Subscription[]) =>
      decidingOf(expectedStates(own).map((state) => ({ state, reversal: null }))).state.subscriptionId;
    expect(deciding([older, newestTrial, newer])).toBe('sub_a');
    expect(deciding([older, newestTrial])).toBe('sub_z');
  });
});

const statuses = [
  'active',
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'added_later',
];
/** Few values, so that equals and boundaries are frequent. */
const times = fc.constantFrom(T0 - DAY, T0, T0 + DAY, T0 + 2 * DAY, T0 + 3 * DAY);

const keysOfPrices: Readonly<Record<string, readonly string[]>> = {
  price_a: [],
  price_b: ['pro_monthly', 'prod_pro'],
  price_c: ['prod_team'],
};

/** In the form of the oracle, and parsed by the product. The names are of all payers. */
const orders = fc
  .shuffledSubarray([
    'price_a',
    'price_b',
    'pro_monthly',
    'prod_pro',
    'prod_team',
    'monthly',
    'gift',
    'pro',
    'extra',
  ])
  .chain((names) => fc.tuple(fc.constant(names), fc.array(fc.boolean(), { minLength: 9, maxLength: 9 })))
  .map(([names, isEqual]) => {
    const order: string[][] = [];
    for (const [index, name] of names.entries()) {
      if (isEqual[index] === true && order.length > 0) order.at(-1)?.push(name);
      else order.push([name]);
    }
    const parsed = parsePlanOrder(order);
    return 'wrong' in parsed ? { order: [], planOrder: noPlanOrder } : { order, planOrder: parsed.order };
  });

const items = fc
  .record({
    priceId: fc.constantFrom(...Object.keys(keysOfPrices)),
    metered: fc.boolean(),
    role: fc.constantFrom(null, null, null, 'plan', 'add_on', 'other_product'),
    quantity: fc.constantFrom(null, 1, 5),
    createdAt: times,
    periodStart: times,
  })
  .map((fields) => {
    const keys = keysOfPrices[fields.priceId] ?? [];
    return item({ ...fields, keys, periodEnd: fields.periodStart + 2 * DAY });
  });

const subscriptions = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('sub_a', 'sub_b', 'sub_c', 'sub_d'),
      status: fc.constantFrom(...statuses),
      createdAt: times,
      items: fc.array(items, { minLength: 1, maxLength: 3 }),
      trialEnd: times,
      hadTrial: fc.boolean(),
      cancelAtPeriodEnd: fc.boolean(),
      cancelAt: fc.option(times),
      collectionPaused: fc.boolean(),
    })
    .map(({ hadTrial, ...fields }) => {
      // Stripe gives every trial an end.
      const trialEnd = hadTrial || fields.status === 'trialing' ? fields.trialEnd : null;
      return subscription({ ...fields, trialEnd });
    }),
  { selector: ({ id }) => id, maxLength: 3 },
);

const rule = fc.constantFrom<ProductRule>('granted', 'denied');
const ruleWithGrace = fc.oneof(rule, fc.constantFrom({ graceSeconds: DAY }, { graceSeconds: 3 * DAY }));
const policies = fc
  .record({
    renewalGraceSeconds: fc.constantFrom(0, DAY),
    plans: fc.constant({}),
    ordered: orders,
    rules: fc.record({
      past_due: ruleWithGrace,
      unpaid: ruleWithGrace,
      paused: rule,
      collection_paused: rule,
      payment_pending: rule,
      refunded: rule,
      dispute_open: rule,
      dispute_lost: rule,
      voided: rule,
      uncollectible: rule,
    }),
  })
  .map(({ ordered, ...policy }) => ({ ...policy, ...ordered }));

const reversals = fc.constantFrom<Reversal | null>(
  null,
  null,
  'refunded',
  'dispute_open',
  'dispute_lost',
  'voided',
  'uncollectible',
);

const purchases = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('rc_a', 'rc_b', 'rc_c'),
      productId: fc.constantFrom('monthly', 'yearly'),
      store: fc.constantFrom('app_store', 'play_store', 'promotional', null),
      givesAccess: fc.boolean(),
      phase: fc.constantFrom('trial', 'paid', 'payment_retried', 'paused', 'owned', 'over'),
      until: fc.option(times),
      ends: fc.boolean(),
      billsAgain: fc.boolean(),
      manageUrl: fc.constantFrom('https://store.example', null),
      features: fc.constantFrom(['pro'], ['extra', 'pro'], []),
    })
    // Time without an end that is not owned, and access to what is over, do not occur.
    .map(
      (one): StoreItem => (one.phase === 'over' ? { ...one, givesAccess: false, billsAgain: false } : one),
    ),
  { selector: ({ id }) => id, maxLength: 3 },
);

const grants = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('grant_a', 'grant_b', 'grant_c'),
    plan: fc.constantFrom('gift', 'monthly'),
    features: fc.constantFrom(['export'], []),
    until: fc.option(times),
  }),
  { selector: ({ id }) => id, maxLength: 3 },
);

/** What a sync writes after it has read the subscriptions and the reversals. */
const syncedRow = (
  own: readonly Subscription[],
  reversalOf: (id: string) => Reversal | null,
  planOrder: PlanOrder,
): EntitlementRow => {
  const { states, sold, planKeys } = project(own, planOrder);
  const reversals = new Map(own.map(({ id }) => [id, reversalOf(id)]));
  const state = nextState(undefined, { states, sold, planKeys, features: ['pro'], reversals });
  return {
    ...neverSynced,
    ...state,
    planKeys,
    sub: 'user',
    trialStartedAt: null,
    unreadable: false,
    updatedAt: null,
    fence: { version: 1 },
  };
};

/** The payment of each of the four subscriptions, in the order of their ids. */
const reversalsById = fc
  .array(reversals, { minLength: 4, maxLength: 4 })
  .map((drawn) => (id: string) => drawn['abcd'.indexOf(id.slice(-1))] ?? null);

const facts = { features: ['pro'], otherNames: keysOfPrices };

/** By product, what those purchases of it unlock that the row shows. */
const namesInStores = (bought: readonly StoreItem[]): Readonly<Record<string, readonly string[]>> => {
  const names: Record<string, readonly string[]> = {};
  for (const { state, origin } of expectedInStores(bought, T0)) {
    if (state.plan !== null) names[state.plan] = [...(names[state.plan] ?? []), ...(origin?.features ?? [])];
  }
  return names;
};

describe('The product', () => {
  it('projects every set of subscriptions as the oracle does', () => {
    fc.assert(
      fc.property(subscriptions, orders, (own, { order, planOrder }) => {
        expect(project(own, planOrder).states).toEqual(expectedStates(own, order));
        expect(project(own).states).toEqual(expectedStates(own));
      }),
      { numRuns: isLongRun ? 2_000 : 500 },
    );
  });

  it('shows the purchase in the row, and answers, as the oracle does, for every state, policy and moment', () => {
    const moments = fc.tuple(times, fc.constantFrom(-1, 0, 1, DAY, 2 * DAY)).map(([at, shift]) => at + shift);
    fc.assert(
      fc.property(subscriptions, policies, moments, reversalsById, (own, policy, at, reversalOf) => {
        const purchases = expectedStates(own, policy.order).map((state) => ({
          state,
          reversal: reversalOf(state.subscriptionId ?? ''),
        }));
        // A renewal cannot have failed before it was due.
        fc.pre(purchases.every(({ state }) => at >= (state.pastDueSince ?? 0)));
        const row = syncedRow(own, reversalOf, policy.planOrder);
        expect(row).toMatchObject(decidingOf(purchases).state);
        const {
          updated_at: _at,
          trial_started_at: _start,
          billing_notices: _notices,
          ...answer
        } = answerOf(row, at, policy);
        expect(answer).toEqual(expectedAnswer({ ...facts, purchases }, at, policy));
      }),
      { numRuns: isLongRun ? 5_000 : 1_000 },
    );
  });

  it('answers as the oracle does for subscriptions, purchases in stores and grants together, whichever is read last', () => {
    const drawn = fc.tuple(subscriptions, purchases, grants, times, times, fc.boolean());
    fc.assert(
      fc.property(drawn, policies, ([own, inStores, given, readAt, at, isStripeLast], policy) => {
        const row = syncedRow(own, () => null, policy.planOrder);
        const read = { known: true, purchases: inStores, asOf: readAt };
        const statement = statementOf(undefined, read, readAt);
        const ofStripe = row.claims.filter(({ source }) => source === 'stripe');
        const ofGrants = given.map(({ id, ...terms }) =>
          claimOfGrant(id, { ...terms, by: 'anna', reason: 'Partner' }),
        );
        const ofStripeNow = { source: 'stripe', claims: ofStripe, sold: null, begins: false } as const;
        const claims = isStripeLast
          ? mergeClaims(mergeClaims(ofGrants, statement), ofStripeNow)
          : mergeClaims(mergeClaims(ofGrants, ofStripeNow), statement);
        const expected = {
          purchases: [
            ...expectedStates(own, policy.order).map((state) => ({ state, reversal: null })),
            ...expectedInStores(inStores, readAt),
            ...expectedOfGrants(given),
          ],
          // Of a customer who has bought nothing that counts, Stripe is taken to list none.
          features: expectedStates(own).length === 0 ? [] : ['pro_of_stripe'],
          otherNames: { ...keysOfPrices, ...namesInStores(inStores) },
        };
        fc.pre(expected.purchases.every(({ state }) => at >= (state.pastDueSince ?? 0)));
        const planKeys = { ...row.planKeys, ...keysOfStorePlans(statement.claims) };
        const merged = { ...row, ...stateOfClaims(claims, expected.features), planKeys };
        const {
          updated_at: _at,
          billing_notices: _notices,
          trial_started_at: _start,
          ...answer
        } = answerOf({ ...merged, history: [] }, at, policy);
        expect(answer).toEqual(expectedAnswer(expected, at, policy));
      }),
      { numRuns: isLongRun ? 5_000 : 1_000 },
    );
  });
});
