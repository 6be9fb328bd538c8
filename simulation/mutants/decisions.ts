/** Defects of decisions: which subscription decides, what its status means, who is let in, whose customer it is. */
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import { claimsOf } from '../../core/entitlement/claims.ts';
import { withPlanKeys } from '../../core/entitlement/plan-keys.ts';
import { noPlanOrder, placeOf } from '../../core/entitlement/plan-order.ts';
import { type EntitlementRow, type EntitlementState, emptyState } from '../../core/entitlement/row.ts';
import type { Systems } from '../systems.ts';
import { billing, entitlements, type Mutant, syncs } from './mutant.ts';

/** What gives a user several plans at a time. */
const severalPlans = ['subscribe', 'grant_until', 'buy_in_store', 'duplicate_customer'] as const;

export const decisionMutants: readonly Mutant[] = [
  {
    name: 'active subscribers are never let in',
    violates: ['7'],
    mutate: (systems) => lockingOut(systems, 'active_subscription'),
  },
  {
    name: 'users on a trial are never let in',
    violates: ['7'],
    mutate: (systems) => lockingOut(systems, 'trial'),
  },
  {
    name: 'past-due users get no grace',
    violates: ['7'],
    mutate: (systems) => lockingOut(systems, 'past_due_grace'),
  },
  {
    name: 'access does not end with the paid time',
    violates: ['5'],
    mutate: (systems) => ({
      ...systems,
      answer: (row, _, policy) => systems.answer(row, 0, policy),
    }),
  },
  {
    name: 'a refund does not end access',
    violates: ['5'],
    focus: { kinds: ['refund', 'dispute', 'subscribe'] },
    mutate: (systems) => ({
      ...systems,
      answer: (row, nowSeconds, policy) => {
        const claims = row?.claims.map((claim) => ({ ...claim, reversal: null })) ?? [];
        return systems.answer(
          row === undefined ? row : { ...row, claims, reversal: null },
          nowSeconds,
          policy,
        );
      },
    }),
  },
  {
    name: 'active is projected as canceled',
    violates: ['7'],
    mutate: (systems) =>
      listing(systems, (one) => (one.status === 'active' ? { ...one, status: 'canceled' } : one)),
  },
  {
    name: 'a scheduled end is not written',
    violates: ['1'],
    mutate: (systems) =>
      writing(systems, (state) => ({ ...state, cancelAtPeriodEnd: false, cancelAt: null })),
  },
  {
    name: 'the best claim replaces the union',
    violates: ['7'],
    focus: {
      kinds: ['other_writer_writes', 'subscribe', 'duplicate_customer', 'refund', 'cancel_at_period_end'],
    },
    mutate: (systems) => ({
      ...systems,
      answer: (row, nowSeconds, policy) => {
        const [first] = row === undefined ? [] : claimsOf(row);
        const only = row === undefined || first === undefined ? row : { ...row, ...first, claims: [first] };
        return systems.answer(only === undefined ? only : { ...only, history: [] }, nowSeconds, policy);
      },
    }),
  },
  {
    name: 'the order of plans is ignored',
    violates: ['1'],
    focus: { kinds: severalPlans },
    mutate: (systems) => ({
      ...systems,
      answer: (row, nowSeconds, policy) =>
        systems.answer(row, nowSeconds, { ...policy, planOrder: noPlanOrder }),
    }),
  },
  {
    name: 'the order of plans knows each plan by one name',
    violates: ['1'],
    focus: { kinds: severalPlans },
    mutate: (systems) => ({
      ...systems,
      answer: (row, nowSeconds, policy) =>
        systems.answer(row === undefined ? row : { ...row, planKeys: {} }, nowSeconds, policy),
    }),
  },
  {
    name: 'the highest plan decides although it gives no access',
    violates: ['7'],
    focus: { kinds: [...severalPlans, 'refund', 'fail_renewal'] },
    mutate: (systems) => ({
      ...systems,
      answer: (row, nowSeconds, policy) => {
        const { planOrder } = withPlanKeys(policy, row?.planKeys ?? {});
        if (row === undefined || planOrder === undefined) return systems.answer(row, nowSeconds, policy);
        const places = row.claims.map(({ plan }) => placeOf(planOrder, plan));
        const first = row.claims[places.indexOf(Math.min(...places))];
        const only = first === undefined ? row : { ...row, ...first, claims: [first], history: [] };
        return systems.answer(only, nowSeconds, policy);
      },
    }),
  },
  {
    name: 'a sync forgets what other writers gave',
    violates: ['7'],
    focus: { kinds: ['other_writer_writes', 'subscribe', 'sync_own'] },
    mutate: (systems) =>
      entitlements(systems, {
        read: async (sub) => {
          const row = await systems.entitlements.read(sub);
          const last = row?.history.at(-1)?.after ?? emptyState;
          return row === undefined ? row : { ...row, ...last, claims: [] };
        },
        replace: async (row, state) => {
          const now = await systems.entitlements.read(row.sub);
          return systems.entitlements.replace({ ...row, ...sharedOf(now ?? row) }, state);
        },
      }),
  },
  {
    name: 'a write does not notice another writer',
    violates: ['7'],
    focus: { kinds: ['other_writer_writes', 'other_writer_writes', 'subscribe', 'sync_own'] },
    mutate: (systems, { dynamodb }) =>
      entitlements(systems, {
        replace: (row, state) => {
          const stored = dynamodb.entitlements.get(row.sub);
          return systems.entitlements.replace({ ...row, ...sharedOf(stored ?? row) }, state);
        },
      }),
  },
  {
    name: 'of equal subscriptions the oldest decides',
    violates: ['1'],
    mutate: (systems) =>
      listing(systems, (one) => ({
        ...one,
        createdAt: -one.createdAt,
      })),
  },
  {
    name: 'the former user of a re-assigned customer keeps the access',
    violates: ['5'],
    focus: { kinds: ['customer_reassigned', 'subscribe'] },
    mutate: (systems) => syncs(systems, (sync) => (request) => sync({ ...request, formerSub: null })),
  },
  {
    name: 'the owner of a customer is never confirmed',
    violates: ['1'],
    focus: { kinds: ['subscribe', 'duplicate_customer'] },
    mutate: (systems) => ({
      ...systems,
      sync: (services) => (request) => {
        const confirming = billing(systems, {
          retrieveCustomer: async (id) => {
            const found = await systems.billing.retrieveCustomer(id);
            return found.kind === 'customer' ? { ...found, sub: request.sub } : found;
          },
          listSubscriptions: async (id) => {
            const list = await systems.billing.listSubscriptions(id);
            if (list === 'missing' || list.owner === null) return list;
            return { ...list, owner: { ...list.owner, sub: request.sub } };
          },
        });
        const used = request.sub === null ? services : { ...services, billing: confirming.billing };
        return systems.sync(used)(request);
      },
    }),
  },
];

function lockingOut(systems: Systems, reason: EntitlementsResponse['access_reason']): Systems {
  return {
    ...systems,
    answer: (...about) => {
      const answer = systems.answer(...about);
      return answer.access_reason === reason ? { ...answer, access_granted: false } : answer;
    },
  };
}

/** Changes what is written to the row. */
function writing(systems: Systems, change: <T extends EntitlementState>(state: T) => T): Systems {
  return entitlements(systems, {
    createIfAbsent: (sub, state) => systems.entitlements.createIfAbsent(sub, change(state)),
    replace: (row, state) => systems.entitlements.replace(row, change(state)),
  });
}

/** What other writers write too. */
function sharedOf({ status, plan, currentPeriodEnd, trialExpiresAt }: EntitlementRow) {
  return { status, plan, currentPeriodEnd, trialExpiresAt };
}

type Subscriptions = Exclude<
  Awaited<ReturnType<Systems['billing']['listSubscriptions']>>,
  'missing'
>['subscriptions'];

/** Changes what a sync reads. */
function listing(systems: Systems, change: (one: Subscriptions[number]) => Subscriptions[number]): Systems {
  return billing(systems, {
    listSubscriptions: async (id) => {
      const list = await systems.billing.listSubscriptions(id);
      return list === 'missing' ? list : { ...list, subscriptions: list.subscriptions.map(change) };
    },
  });
}
