/** Defects of checkout, trials, refunds, the portal and the user's own sync. */
import type { Systems } from '../systems.ts';
import { billing, type Mutant, syncs } from './mutant.ts';

const sessions = (systems: Systems, replacement: Partial<Systems['sessions']>): Systems => {
  return { ...systems, sessions: { ...systems.sessions, ...replacement } };
};

type List = Awaited<ReturnType<Systems['billing']['listSubscriptions']>>;

export const purchaseMutants: readonly Mutant[] = [
  {
    name: 'the checkout does not read the subscriptions again before it offers a session',
    violates: ['8'],
    mutate: (systems) => {
      const read = new Map<string, Promise<List>>();
      return billing(systems, {
        listSubscriptions: (id) => {
          const list = read.get(id) ?? systems.billing.listSubscriptions(id);
          read.set(id, list);
          return list;
        },
      });
    },
  },
  {
    name: 'the checkout ignores what starts later',
    violates: ['8'],
    focus: { kinds: ['checkout', 'schedule_subscription'] },
    mutate: (systems) => billing(systems, { listComing: async () => [] }),
  },
  {
    name: 'open sessions stay open next to a new one',
    violates: ['8'],
    mutate: (systems) => sessions(systems, { expire: async () => 'expired' }),
  },
  {
    name: 'the claim to a trial is not kept',
    violates: ['9'],
    focus: { settings: { offersTrials: true }, kinds: ['checkout'] },
    mutate: (systems) => ({
      ...systems,
      trials: { read: async () => undefined, put: async () => 'written' },
    }),
  },
  {
    name: 'the payment for a deleted account is kept',
    violates: ['10'],
    mutate: (systems) => billing(systems, { refundFirstPayment: async () => 0 }),
  },
  {
    name: 'the own sync answers what is stored',
    violates: ['11'],
    focus: { kinds: ['sync_own', 'checkout', 'subscribe'] },
    mutate: (systems) =>
      syncs(systems, (sync) => async (request) => {
        return request.cause.kind === 'user'
          ? { kind: 'already_current', sub: request.sub ?? '' }
          : sync(request);
      }),
  },
  {
    name: 'the portal opens the page of another customer',
    violates: ['12'],
    mutate: (systems, { stripe }) => ({
      ...systems,
      portal: {
        open: (visit) => {
          const [other = visit.customerId] = [...stripe.customers.keys()].filter(
            (id) => stripe.customers.get(id)?.sub !== stripe.customers.get(visit.customerId)?.sub,
          );
          return systems.portal.open({ ...visit, customerId: other });
        },
      },
    }),
  },
];
