/** Defects of what saves calls to Stripe: syncs that rely on other syncs, and features that a row keeps. */
import { entitlements, type Mutant, reading, syncs } from './mutant.ts';

/** What disturbs no burst. */
const calm = {
  faultRates: { faultRate: 0, killRate: 0, freezeRate: 0 },
  storedFailureRate: 0,
  skewMs: 0,
  dropRate: 0,
  duplicateRate: 0,
} as const;
const payments = { settings: calm, kinds: ['events_of_a_payment', 'subscribe'] } as const;
const bursts = ['events_of_a_payment', 'change_plan_in_a_burst', 'duplicate_customer'] as const;
const featuresInABurst = ['events_of_a_payment', 'change_product', 'subscribe'] as const;
const changesOfFeatures = ['change_product', 'change_plan', 'subscribe'] as const;

export const burstMutants: readonly Mutant[] = [
  {
    name: 'one sync in between is enough, although it may have read Stripe before the event',
    violates: ['1'],
    focus: payments,
    mutate: (systems) => {
      const first = new Map<string, number>();
      return reading(systems, (row) => {
        const seen = first.get(row.sub) ?? row.syncs;
        first.set(row.sub, seen);
        return row.syncs > seen ? { ...row, syncs: row.syncs + 1 } : row;
      });
    },
  },
  {
    name: 'the lease that another sync holds is enough',
    violates: ['1'],
    focus: { kinds: bursts },
    mutate: (systems) =>
      reading(systems, (row) =>
        row.lease === undefined ? row : { ...row, syncedAt: Number.MAX_SAFE_INTEGER },
      ),
  },
  {
    name: 'the holder of the lease needs no fence',
    violates: ['1'],
    focus: { kinds: bursts },
    mutate: (systems) =>
      entitlements(systems, {
        replace: async (row, state) => {
          if (row.lease === undefined) return systems.entitlements.replace(row, state);
          const now = await systems.entitlements.read(row.sub);
          return now === undefined ? 'conflict' : systems.entitlements.replace(now, state);
        },
      }),
  },
  {
    name: 'a sync counts although its row does not list the customer',
    violates: ['1'],
    focus: { kinds: bursts },
    mutate: (systems, { stripe }) =>
      reading(systems, (row) => {
        const all = [...stripe.customers.values()].filter((one) => one.sub === row.sub);
        return row.syncs < 2 ? row : { ...row, customerIds: all.map(({ id }) => id) };
      }),
  },
  {
    name: 'an event about features is treated like any other',
    violates: ['1'],
    focus: { kinds: changesOfFeatures },
    mutate: (systems) => syncs(systems, (sync) => (request) => sync({ ...request, includesFeatures: false })),
  },
  {
    name: 'a sync that kept the features counts as one that read them',
    violates: ['1'],
    focus: { kinds: changesOfFeatures },
    mutate: (systems) => reading(systems, (row) => ({ ...row, featuresSyncedAt: row.syncedAt })),
  },
  {
    name: 'a sync that may have read the features before the event counts for it',
    violates: ['1'],
    focus: { settings: calm, kinds: featuresInABurst },
    mutate: (systems) =>
      reading(systems, (row) => {
        if (row.lease === undefined) return row;
        const { readsFeatures: _announced, ...lease } = row.lease;
        return { ...row, lease };
      }),
  },
];
