import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRules } from '../../../core/entitlement/policy.ts';
import {
  type AccessState,
  type EntitlementRow,
  emptyState,
  neverSynced,
} from '../../../core/entitlement/row.ts';
import type { JsonRecord } from '../contract.ts';
import { type MonthsFacts, monthsOf } from './months.ts';

const DAY = 86_400;
const START = 1_800_000_000;
const policy = { rules: defaultRules, plans: {}, renewalGraceSeconds: 3 * DAY };

const nothing: MonthsFacts = {
  nowSeconds: START + 40 * DAY,
  policy,
  row: undefined,
  subscriptions: [],
  invoices: [],
  purchases: [],
  events: [],
  undelivered: new Set(),
};

function subscriptionOf(more: JsonRecord = {}): JsonRecord {
  const item = {
    price: { id: 'price_1', lookup_key: 'pro_monthly' },
    current_period_start: START + 30 * DAY,
    current_period_end: START + 61 * DAY,
  };
  const base = { id: 'sub_1', status: 'active', created: START, start_date: START, items: { data: [item] } };
  return { ...base, trial_end: null, cancel_at: null, ended_at: null, status_details: null, ...more };
}

function eventOf(id: string, atSeconds: number, object: JsonRecord, type = 'customer.subscription.updated') {
  return { id, type, created: atSeconds, data: { object } };
}

function invoiceOf(more: JsonRecord = {}): JsonRecord {
  const line = {
    parent: { type: 'subscription_item_details', subscription_item_details: { proration: false } },
    period: { start: START, end: START + 30 * DAY },
  };
  return {
    id: 'in_1',
    created: START,
    status: 'paid',
    total: 990,
    currency: 'eur',
    billing_reason: 'subscription_cycle',
    parent: { subscription_details: { subscription: 'sub_1' } },
    status_transitions: { finalized_at: START, paid_at: START },
    lines: { data: [line] },
    ...more,
  };
}

function trackOf(facts: Partial<MonthsFacts>) {
  const [track] = monthsOf({ ...nothing, ...facts }).tracks;
  if (track === undefined) throw new Error('The picture has no track.');
  return track;
}

const statusesOf = (facts: Partial<MonthsFacts>) =>
  trackOf(facts).bands.map(({ fromSeconds, status }) => [(fromSeconds - START) / DAY, status]);

describe('The months of a Stripe subscription', () => {
  it('show each status from the moment at which its event says it began', () => {
    const events = [
      eventOf('evt_1', START, subscriptionOf({ status: 'active' }), 'customer.subscription.created'),
      eventOf('evt_2', START + 30 * DAY, subscriptionOf({ status: 'past_due' })),
      eventOf('evt_3', START + 31 * DAY, subscriptionOf({ status: 'past_due' })),
      eventOf('evt_4', START + 33 * DAY, subscriptionOf({ status: 'active' })),
    ];
    expect(statusesOf({ subscriptions: [subscriptionOf()], events })).toEqual([
      [0, 'active'],
      [30, 'past_due'],
      [33, 'active'],
    ]);
  });

  it('follow from the records where Stripe no longer keeps the events', () => {
    const subscription = subscriptionOf({ trial_end: START + 7 * DAY });
    const late = { finalized_at: START + 30 * DAY, paid_at: START + 33 * DAY };
    expect(
      statusesOf({ subscriptions: [subscription], invoices: [invoiceOf({ status_transitions: late })] }),
    ).toEqual([
      [0, 'trialing'],
      [7, 'active'],
      [30, 'past_due'],
      [33, 'active'],
    ]);
  });

  it('join the records of the first months with the events of the last ones', () => {
    const subscription = subscriptionOf({
      trial_end: START + 7 * DAY,
      status: 'canceled',
      ended_at: START + 38 * DAY,
    });
    const events = [eventOf('evt_9', START + 38 * DAY, subscription, 'customer.subscription.deleted')];
    expect(statusesOf({ subscriptions: [subscription], events })).toEqual([
      [0, 'trialing'],
      [7, 'active'],
      [38, 'canceled'],
    ]);
  });

  it('show no late payment after the end, even if the last invoice stays open', () => {
    const subscription = subscriptionOf({ status: 'canceled', ended_at: START + 20 * DAY });
    const open = { status: 'open', status_transitions: { finalized_at: START + 22 * DAY, paid_at: null } };
    expect(statusesOf({ subscriptions: [subscription], invoices: [invoiceOf(open)] })).toEqual([
      [0, 'active'],
      [20, 'canceled'],
    ]);
  });

  it('call a first invoice that no one has paid incomplete', () => {
    const open = {
      status: 'open',
      billing_reason: 'subscription_create',
      status_transitions: { finalized_at: START, paid_at: null },
    };
    expect(
      statusesOf({ subscriptions: [subscriptionOf({ status: 'incomplete' })], invoices: [invoiceOf(open)] }),
    ).toEqual([[0, 'incomplete']]);
  });

  it('announce the end of a subscription that is canceled, and mark it as scheduled', () => {
    const { bands } = trackOf({ subscriptions: [subscriptionOf({ cancel_at: START + 61 * DAY })] });
    expect(bands.at(-1)).toEqual({
      fromSeconds: START + 61 * DAY,
      toSeconds: null,
      status: 'canceled',
      note: 'scheduled',
    });
  });

  it('list periods once, without those of prorations and voided invoices', () => {
    const proration = {
      parent: { type: 'subscription_item_details', subscription_item_details: { proration: true } },
      period: { start: START + 5 * DAY, end: START + 30 * DAY },
    };
    const regular = (invoiceOf()['lines'] as { data: readonly JsonRecord[] }).data;
    const invoices = [
      invoiceOf({ lines: { data: [...regular, proration] } }),
      invoiceOf({ id: 'in_2' }),
      invoiceOf({
        id: 'in_3',
        status: 'void',
        lines: { data: [{ period: { start: START, end: START + 3 * DAY } }] },
      }),
    ];
    expect(trackOf({ subscriptions: [subscriptionOf()], invoices }).periods).toEqual([
      { fromSeconds: START, toSeconds: START + 30 * DAY },
      { fromSeconds: START + 30 * DAY, toSeconds: START + 61 * DAY },
    ]);
  });

  it('hold only their own invoices and webhooks, and say which were not delivered', () => {
    const other = { parent: { subscription_details: { subscription: 'sub_2' } } };
    const events = [
      eventOf('evt_1', START, invoiceOf(), 'invoice.paid'),
      eventOf('evt_2', START + 1, invoiceOf(other), 'invoice.paid'),
    ];
    const track = trackOf({
      subscriptions: [subscriptionOf()],
      invoices: [invoiceOf(), invoiceOf({ id: 'in_2', ...other })],
      events,
      undelivered: new Set(['evt_1']),
    });
    expect(track.invoices).toEqual([
      { id: 'in_1', atSeconds: START, status: 'paid', amount: 990, currency: 'eur' },
    ]);
    expect(track.webhooks).toEqual([
      { id: 'evt_1', atSeconds: START, type: 'invoice.paid', delivered: false },
    ]);
  });

  it('never overlap, and end with the status at hand, whatever the events say', () => {
    const statuses = fc.constantFrom('active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete');
    const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 * DAY }), statuses), { maxLength: 12 });
    fc.assert(
      fc.property(history, statuses, (changes, status) => {
        const sorted = [...changes].sort(([a], [b]) => a - b);
        const events = sorted.map(([at, seen], index) =>
          eventOf(`evt_${index}`, START + at, subscriptionOf({ status: seen })),
        );
        const { bands } = trackOf({ subscriptions: [subscriptionOf({ status })], events });
        for (const [index, band] of bands.entries()) {
          expect(band.toSeconds).toBe(bands[index + 1]?.fromSeconds ?? null);
          expect(bands[index + 1]?.fromSeconds ?? Number.POSITIVE_INFINITY).toBeGreaterThan(band.fromSeconds);
        }
        expect(bands.at(-1)?.status).toBe(status);
      }),
    );
  });
});

describe('The months of a purchase in a store', () => {
  const purchase = {
    id: 'sub1',
    product_id: 'prod1',
    store: 'app_store',
    status: 'active',
    starts_at: START * 1_000,
    current_period_starts_at: (START + 30 * DAY) * 1_000,
    current_period_ends_at: (START + 60 * DAY) * 1_000,
    auto_renewal_status: 'will_renew',
  };

  it('show the status that RevenueCat states, and the period', () => {
    const track = trackOf({ purchases: [purchase] });
    expect(track.title).toBe('prod1 (app store)');
    expect(track.bands).toEqual([{ fromSeconds: START, toSeconds: null, status: 'active', note: null }]);
    expect(track.periods).toEqual([{ fromSeconds: START + 30 * DAY, toSeconds: START + 60 * DAY }]);
  });

  it('end with a purchase that expired, and announce the end of one that will not renew', () => {
    expect(statusesOf({ purchases: [{ ...purchase, status: 'expired' }] })).toEqual([
      [0, 'active'],
      [60, 'expired'],
    ]);
    expect(statusesOf({ purchases: [{ ...purchase, auto_renewal_status: 'will_not_renew' }] })).toEqual([
      [0, 'active'],
      [60, 'expired'],
    ]);
  });

  it('have no period for what is owned for ever', () => {
    const owned = {
      id: 'purch1',
      product_id: 'life',
      store: 'app_store',
      status: 'owned',
      purchased_at: START * 1_000,
    };
    expect(trackOf({ purchases: [owned] })).toMatchObject({
      bands: [{ fromSeconds: START, toSeconds: null, status: 'owned' }],
      periods: [],
    });
  });
});

function rowOf(states: readonly (readonly [number, AccessState])[]): EntitlementRow {
  const [, last] = states.at(-1) ?? [0, emptyState];
  return {
    ...emptyState,
    ...neverSynced,
    ...last,
    unreadable: false,
    sub: 'user-1',
    claims: [{ ...emptyState, ...last, source: 'stripe' }],
    trialStartedAt: null,
    updatedAt: new Date((START + 30 * DAY) * 1_000).toISOString(),
    fence: { version: 1 },
    history: states.map(([day, after]) => ({
      at: START + day * DAY,
      by: 'evt_1',
      before: { status: 'none', plan: null },
      after,
    })),
  };
}

function stateOf(status: string, endDay: number): AccessState {
  const { features: _, claims: __, ...state } = emptyState;
  return {
    ...state,
    status,
    plan: 'price_1',
    currentPeriodEnd: START + endDay * DAY,
    subscriptionId: 'sub_1',
    stripeStatus: status,
  };
}

const accessOf = (row: EntitlementRow) => {
  const track = trackOf({ row });
  expect(track.id).toBe('access');
  return track.bands.map(({ fromSeconds, status, note }) => [(fromSeconds - START) / DAY, status, note]);
};

describe('What the app sees over months', () => {
  it('ends with the grace if no renewal has arrived, although the row did not change', () => {
    expect(accessOf(rowOf([[0, stateOf('active', 30)]]))).toEqual([
      [0, 'access', 'active_subscription'],
      [33, 'no_access', 'lapsed'],
    ]);
  });

  it('follows each change of the row, and goes on to the end of the paid time', () => {
    const row = rowOf([
      [0, stateOf('active', 30)],
      [30, stateOf('past_due', 30)],
      [33, stateOf('active', 60)],
    ]);
    expect(accessOf(row)).toEqual([
      [0, 'access', 'active_subscription'],
      [30, 'no_access', 'past_due'],
      [33, 'access', 'active_subscription'],
    ]);
    expect(trackOf({ row }).bands.at(-1)?.toSeconds).toBe(START + 60 * DAY);
  });
});

describe('The picture of months', () => {
  it('reaches from the first beginning to the last end, with a margin, and holds the present', () => {
    const picture = monthsOf({ ...nothing, subscriptions: [subscriptionOf()] });
    expect(picture.fromSeconds).toBeLessThan(START);
    expect(picture.toSeconds).toBeGreaterThan(START + 61 * DAY);
    expect(picture.nowSeconds).toBe(START + 40 * DAY);
  });

  it('of a user without anything has no track, and still a range', () => {
    const picture = monthsOf(nothing);
    expect(picture.tracks).toEqual([]);
    expect(picture.toSeconds).toBeGreaterThan(picture.fromSeconds + 30 * DAY);
  });
});
