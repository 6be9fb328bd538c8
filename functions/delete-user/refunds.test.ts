/** What the deletion of an account refunds, by its policy. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../tests/support/buyers.ts';
import { createLeaverScene, type Leaver, type LeaverScene } from '../../tests/support/leavers.ts';

let scene: LeaverScene;
let yearly: string;
beforeAll(async () => {
  scene = await createLeaverScene('full_within_days:14,pro_rata');
  yearly = await scene.price();
});
afterAll(() => scene.stage.close());
beforeEach(() => scene.stage.calm());

/** Deletes the account, and returns what the answer says about its only subscription. */
async function refundOf(who: Leaver) {
  const { statusCode, body } = await scene.remove(who);
  expect([statusCode, body['refund_policy'], body['refunds_known']]).toEqual([
    200,
    'full_within_days:14,pro_rata',
    true,
  ]);
  const refunds = body['refunds'] as readonly Record<string, unknown>[];
  expect(refunds).toHaveLength(1);
  return refunds[0];
}

const nothing = { amount: 0, status: 'none', unrefunded: 0 };

describe('The deletion of an account with a paid period', () => {
  it('refunds a payment of these days in full, once, and ends the subscription and the customer', async () => {
    const who = await scene.leaver();
    const { id } = await scene.subscribe(who, yearly);
    expect(await refundOf(who)).toEqual({
      subscription: id,
      amount: 12_000,
      currency: 'eur',
      status: 'refunded',
      unrefunded: 0,
      reason: null,
    });
    expect(await scene.refundsOf(who)).toMatchObject([
      { amount: 12_000, metadata: { predixa_subscription: id } },
    ]);
    expect(await scene.stage.stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      cancellation_details: { comment: expect.stringMatching(/^Account deletion \d+$/) },
    });
    expect(await scene.stage.stripe.customers.retrieve(who.customerId)).toMatchObject({ deleted: true });
    expect((await scene.remove(who)).body).toMatchObject({
      refund_policy: null,
      refunds: [],
      refunds_known: false,
    });
    expect(await scene.refundsOf(who)).toHaveLength(1);
  });

  it('refunds the unused part of an older one, to the second', async () => {
    const who = await scene.leaver();
    const { items } = await scene.daysAgo(100, () => scene.subscribe(who, yearly));
    const { amount } = (await refundOf(who)) ?? {};
    const [refund] = await scene.refundsOf(who);
    expect(amount).toBe(scene.unusedOf(12_000, items.data[0], refund));
    expect(refund?.amount).toBe(amount);
  });

  it.each([
    ['tax that is added', 'exclusive', 14_280],
    ['tax that is included', 'inclusive', 12_000],
  ])('refunds the %s with its share', async (_, tax_behavior, total) => {
    const who = await scene.leaver();
    const rate = { display_name: 'VAT', percentage: 19, inclusive: tax_behavior === 'inclusive' };
    const { id } = await scene.stage.stripe.taxRates.create(rate);
    const terms = { default_tax_rates: [id] };
    const { items } = await scene.daysAgo(100, () => scene.subscribe(who, yearly, terms));
    const { amount } = (await refundOf(who)) ?? {};
    expect(amount).toBe(scene.unusedOf(total, items.data[0], (await scene.refundsOf(who))[0]));
  });

  it('refunds of a discounted price what was paid, in a currency without smaller units', async () => {
    const who = await scene.leaver();
    const price = await scene.price({ currency: 'jpy', unit_amount: 1_000 });
    const coupon = await scene.stage.stripe.coupons.create({ percent_off: 30, duration: 'once' });
    const terms = { discounts: [{ coupon: coupon.id }] };
    const { items } = await scene.daysAgo(100, () => scene.subscribe(who, price, terms));
    const refund = (await refundOf(who)) ?? {};
    expect(refund).toMatchObject({
      currency: 'jpy',
      amount: scene.unusedOf(700, items.data[0], (await scene.refundsOf(who))[0]),
    });
  });

  it('refunds of what was refunded in part before the unused part of the rest', async () => {
    const who = await scene.leaver();
    const { items } = await scene.daysAgo(100, () => scene.subscribe(who, yearly));
    const { data } = await scene.stage.stripe.charges.list({ customer: who.customerId });
    await scene.stage.stripe.refunds.create({ charge: data[0]?.id ?? '', amount: 6_000 });
    const { amount } = (await refundOf(who)) ?? {};
    const [refund] = await scene.refundsOf(who);
    expect(Math.abs(Number(amount) - scene.unusedOf(12_000, items.data[0], refund) / 2)).toBeLessThanOrEqual(
      1,
    );
  });

  it('refunds the unused part of both plans after an upgrade, through both payments', async () => {
    const who = await scene.leaver();
    const better = await scene.price({ unit_amount: 24_000 });
    const bought = await scene.daysAgo(200, () => scene.subscribe(who, yearly));
    const [item] = bought.items.data;
    const change = {
      items: [{ id: item?.id ?? '', price: better }],
      proration_behavior: 'always_invoice' as const,
    };
    await scene.daysAgo(100, () => scene.stage.stripe.subscriptions.update(bought.id, change));
    const { amount } = (await refundOf(who)) ?? {};
    const refunds = await scene.refundsOf(who);
    expect(Math.abs(Number(amount) - scene.unusedOf(24_000, item, refunds[0]))).toBeLessThanOrEqual(2);
    expect(refunds.reduce((sum, refund) => sum + refund.amount, 0)).toBe(amount);
    expect(refunds).toHaveLength(2);
  });

  it.each([
    ['in the credit balance', 'always_invoice'],
    ['not billed yet', 'create_prorations'],
  ] as const)('refunds what a downgrade credited, and is %s', async (_, proration_behavior) => {
    const who = await scene.leaver();
    const smaller = await scene.price({ unit_amount: 4_000 });
    const bought = await scene.daysAgo(200, () => scene.subscribe(who, yearly));
    const [item] = bought.items.data;
    const change = { items: [{ id: item?.id ?? '', price: smaller }], proration_behavior };
    await scene.daysAgo(100, () => scene.stage.stripe.subscriptions.update(bought.id, change));
    const { amount } = (await refundOf(who)) ?? {};
    const [refund] = await scene.refundsOf(who);
    const at = Number(refund?.metadata?.['predixa_deletion']);
    const [start = 0, end = 0] = [item?.current_period_start, item?.current_period_end];
    const changedAt = at - 100 * 86_400;
    const used = (12_000 * (changedAt - start) + 4_000 * (at - changedAt)) / (end - start);
    expect(Math.abs(Number(amount) - (12_000 - used))).toBeLessThanOrEqual(3);
  });

  it('refunds each subscription, and an add-on by its own period', async () => {
    const who = await scene.leaver();
    const monthly = await scene.price({ unit_amount: 500, recurring: { interval: 'month' } });
    const both = await scene.daysAgo(20, async () => [
      await scene.subscribe(who, yearly),
      await scene.subscribe(who, monthly),
    ]);
    const { body } = await scene.remove(who);
    const [refund] = await scene.refundsOf(who);
    const expected = both.map(({ id, items }, index) => {
      return { subscription: id, amount: scene.unusedOf(index === 0 ? 12_000 : 500, items.data[0], refund) };
    });
    const found = body['refunds'] as readonly unknown[];
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining(expected.map((one) => expect.objectContaining(one))));
  });

  it('refunds several payments of one invoice, each within itself, and leaves to a person what was paid outside', async () => {
    const who = await scene.leaver();
    const terms = { collection_method: 'send_invoice', days_until_due: 7 } as const;
    const bought = await scene.subscribe(who, yearly, terms);
    const payments = [
      { amount: 3_000, type: 'payment_intent' },
      { amount: 4_000, type: 'charge' },
      { amount: 5_000, type: 'payment_record' },
    ];
    await scene.control(`/invoices/${idOf(bought.latest_invoice)}/pay`, { payments });
    expect(await refundOf(who)).toMatchObject({ amount: 7_000, unrefunded: 5_000, reason: 'paid_outside' });
    const refunds = await scene.refundsOf(who);
    expect(refunds.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([3_000, 4_000]);
    expect(scene.stage.logs).toContainEqual(
      expect.objectContaining({
        metric: 'deletion_refund_failed',
        unrefunded: 5_000,
        reason: 'paid_outside',
      }),
    );
  });
});

describe('The deletion of an account without a paid period', () => {
  it('refunds nothing of a trial, an open invoice, a balance or a full discount', async () => {
    const coupon = await scene.stage.stripe.coupons.create({ percent_off: 100, duration: 'once' });
    const terms = [
      { trial_period_days: 7 },
      { collection_method: 'send_invoice', days_until_due: 7 },
      { discounts: [{ coupon: coupon.id }] },
    ] as const;
    for (const one of terms) {
      const who = await scene.leaver();
      await scene.subscribe(who, yearly, one as object);
      expect(await refundOf(who)).toMatchObject({ ...nothing, reason: 'nothing_paid' });
    }
    const rich = await scene.leaver();
    const gift = { amount: -20_000, currency: 'eur' };
    await scene.stage.stripe.customers.createBalanceTransaction(rich.customerId, gift);
    await scene.subscribe(rich, yearly);
    expect(await refundOf(rich)).toMatchObject({ ...nothing, reason: 'nothing_paid' });
  });

  it('refunds nothing of what was refunded, disputed, or ended before the request', async () => {
    const [refunded, disputed, ended] = [await scene.leaver(), await scene.leaver(), await scene.leaver()];
    for (const who of [refunded, disputed, ended]) await scene.subscribe(who, yearly);
    const chargeOf = async ({ customerId }: Leaver) =>
      (await scene.stage.stripe.charges.list({ customer: customerId })).data[0]?.id ?? '';
    await scene.stage.stripe.refunds.create({ charge: await chargeOf(refunded) });
    await scene.control(`/charges/${await chargeOf(disputed)}/dispute`, {});
    const { data } = await scene.stage.stripe.subscriptions.list({ customer: ended.customerId });
    await scene.stage.stripe.subscriptions.cancel(data[0]?.id ?? '');
    expect(await refundOf(refunded)).toMatchObject({ ...nothing, reason: 'returned' });
    expect(await refundOf(disputed)).toMatchObject({ ...nothing, reason: 'disputed' });
    expect((await scene.remove(ended)).body).toMatchObject({ refunds: [], refunds_known: true });
    expect(await scene.refundsOf(ended)).toEqual([]);
  });

  it('refunds nothing of a subscription that names another user, and ends it with its customer', async () => {
    const who = await scene.leaver();
    const { id } = await scene.subscribe(who, yearly, { metadata: { cognito_sub: 'someone-else' } });
    expect(await refundOf(who)).toMatchObject({ ...nothing, reason: 'owner_contradiction' });
    expect(await scene.refundsOf(who)).toEqual([]);
    expect((await scene.stage.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  });
});

describe('The policy of a deletion', () => {
  it.each([
    ['none', 'none 1767225600', 0],
    ['pro_rata', 'pro_rata 1767225600', 1],
    // An earlier version has recorded the request, so that this one is the first with a promise.
    ['full_within_days:14,pro_rata', undefined, 1],
  ])(
    'is the one that was recorded with the request, whatever the setting says by now: %s',
    async (...row) => {
      const [policy, predixaDeletionRefund, refunds] = row;
      const who = await scene.leaver();
      await scene.subscribe(who, yearly);
      await scene.stage.putProfile({
        userId: who.sub,
        stripeCustomerId: who.customerId,
        predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
        predixaDeletionUsername: who.username,
        ...(predixaDeletionRefund === undefined ? {} : { predixaDeletionRefund }),
      });
      expect((await scene.remove(who)).body['refund_policy']).toBe(policy);
      expect(await scene.refundsOf(who)).toHaveLength(refunds);
    },
  );
});
