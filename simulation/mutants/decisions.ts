/** Defects of decisions: which subscription decides, what its status means, who is let in, whose customer it is. */
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { EntitlementState } from '../../core/entitlement/row.ts';
import type { Systems } from '../systems.ts';
import { billing, entitlements, type Mutant, syncs } from './mutant.ts';

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
      answer: (row, nowSeconds, policy) =>
        systems.answer(row === undefined ? row : { ...row, reversal: null }, nowSeconds, policy),
    }),
  },
  {
    name: 'active is projected as canceled',
    violates: ['7'],
    mutate: (systems) =>
      writing(systems, (state) => (state.status === 'active' ? { ...state, status: 'canceled' } : state)),
  },
  {
    name: 'a scheduled end is not written',
    violates: ['1'],
    mutate: (systems) =>
      writing(systems, (state) => ({ ...state, cancelAtPeriodEnd: false, cancelAt: null })),
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
