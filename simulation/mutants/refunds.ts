/** Defects of refunds on deletion: too much, twice, too late, to the wrong user, or by the wrong policy. */
import type { Focus } from '../history.ts';
import { billing, type Mutant, profiles } from './mutant.ts';

const proRata = { kind: 'pro_rata' } as const;
const none = { kind: 'none' } as const;
const within14Days = { kind: 'full_within_days', days: 14, older: 'none' } as const;

const leaving = (settings: Focus['settings'] = {}): Focus => ({
  settings: { refundPolicies: [proRata, proRata], offersTrials: false, ...settings },
  kinds: ['subscribe', 'delete_account', 'renew'],
});

const noFaults = { faultRate: 0, killRate: 0, freezeRate: 0 };
const interrupted = leaving({ faultRates: { faultRate: 0.3, killRate: 0.05, freezeRate: 0 } });

export const refundMutants: readonly Mutant[] = [
  {
    name: 'a repeated deletion does not look for what an earlier attempt refunded',
    violates: ['21'],
    focus: interrupted,
    mutate: (systems) =>
      billing(systems, {
        readPaid: async (subscription, requestedAt) => {
          const read = await systems.billing.readPaid(subscription, requestedAt);
          if (read === 'unclear') return read;
          const invoices = read.invoices.map((invoice) => {
            return { ...invoice, payments: invoice.payments.map((payment) => ({ ...payment, ours: null })) };
          });
          return { ...read, invoices };
        },
        // The key of each attempt is its own.
        refundPart: (order) =>
          systems.billing.refundPart({ ...order, generation: Math.floor(systems.clock.nowMs()) }),
      }),
  },
  {
    name: 'what is unused is counted up to the attempt, not to the request',
    violates: ['21'],
    focus: leaving(),
    mutate: (systems) =>
      billing(systems, {
        readPaid: async (subscription, requestedAt) => {
          const read = await systems.billing.readPaid(subscription, requestedAt);
          if (read === 'unclear') return read;
          const late = 3_600;
          const invoices = read.invoices.map((invoice) => {
            return {
              ...invoice,
              lines: invoice.lines.map((line) => ({
                ...line,
                start: line.start - late,
                end: line.end - late,
              })),
            };
          });
          return { ...read, invoices };
        },
      }),
  },
  {
    name: 'the subscriptions are not ended before the refund, so that a deletion of the customer hides them',
    violates: ['21'],
    focus: leaving(),
    mutate: (systems) => billing(systems, { listLeaving: async () => ({ subscriptions: [], credit: null }) }),
  },
  {
    name: 'a subscription that names another user is refunded as well',
    violates: ['21'],
    focus: {
      settings: { refundPolicies: [proRata, proRata], faultRates: noFaults },
      kinds: ['subscribe', 'customer_reassigned', 'delete_account'],
    },
    mutate: (systems) =>
      billing(systems, {
        listLeaving: async (customerId, requestedAt) => {
          const { subscriptions, credit } = await systems.billing.listLeaving(customerId, requestedAt);
          const stamp = { sub: null, poolId: null };
          return { subscriptions: subscriptions.map((one) => ({ ...one, stamp })), credit };
        },
      }),
  },
  {
    name: 'the policy of the last request counts',
    violates: ['21'],
    focus: leaving({
      refundPolicies: [none, proRata],
      refundPolicyChangesDays: 5,
      faultRates: { faultRate: 0.3, killRate: 0.05, freezeRate: 0 },
    }),
    mutate: (systems) => withTerms(systems, () => proRata),
  },
  {
    name: 'a payment of any age is refunded in full',
    violates: ['21'],
    focus: leaving({ refundPolicies: [within14Days, within14Days] }),
    mutate: (systems) => withTerms(systems, () => ({ kind: 'full_within_days', days: 365, older: 'none' })),
  },
  {
    name: 'the reconcile that finishes a deletion refunds nothing',
    violates: ['21'],
    focus: interrupted,
    mutate: (systems) =>
      profiles(systems, {
        markForDeletion: async (mark) => {
          const marked = await systems.profiles.markForDeletion(mark);
          const isFirst = mark.refund !== undefined;
          if (marked?.deletion === undefined || marked.deletion === null || isFirst) return marked;
          return { ...marked, deletion: { ...marked.deletion, refund: null } };
        },
      }),
  },
];

type Systems = Parameters<typeof profiles>[0];

/** Replaces the policy that a deletion goes by, whatever was recorded. */
function withTerms(
  systems: Systems,
  policy: () => typeof proRata | { kind: 'full_within_days'; days: number; older: 'none' },
) {
  return profiles(systems, {
    markForDeletion: async (mark) => {
      const marked = await systems.profiles.markForDeletion(mark);
      const { refund = null } = marked?.deletion ?? {};
      if (marked === undefined || marked.deletion === null || refund === null) return marked;
      return { ...marked, deletion: { ...marked.deletion, refund: { ...refund, policy: policy() } } };
    },
  });
}
