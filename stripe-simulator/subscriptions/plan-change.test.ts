/** What Stripe accepts and refuses of an integration that changes plans, and what the preview of a change shows. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
const day = 86_400;

beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
afterAll(() => rig.close());

function itemOf({ items }: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = items.data;
  if (item === undefined) throw new Error('A subscription has an item.');
  return item;
}

describe('A schedule from a subscription', () => {
  test.each([
    { metadata: { plan: 'x' } },
    { end_behavior: 'release' as const },
    { billing_mode: { type: 'flexible' as const } },
  ])('is created without anything else: %j', async (other) => {
    const { id } = await createSubscription(stripe);
    await expect(
      stripe.subscriptionSchedules.create({ from_subscription: id, ...other }),
    ).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('if `from_subscription` is set'),
    });
  });

  test('keeps the discount of the subscription in its phase', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const { id } = await createSubscription(stripe);
    const { discounts } = await stripe.subscriptions.update(id, { discounts: [{ coupon: coupon.id }] });
    const { phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
    expect(phases[0]?.discounts).toMatchObject([{ discount: discounts[0], coupon: null }]);
  });

  test('locks the portal’s change of the plan until it releases the subscription', async () => {
    const subscription = await createSubscription(stripe);
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const open = () =>
      stripe.billingPortal.sessions.create({
        customer: idOf(subscription.customer),
        flow_data: { type: 'subscription_update', subscription_update: { subscription: subscription.id } },
      });
    await expect(open()).rejects.toMatchObject({
      message: expect.stringContaining('managed by the subscription schedule'),
    });
    await stripe.subscriptionSchedules.release(schedule.id);
    expect((await open()).url).toContain('http');
  });
});

describe('A change that waits for its payment', () => {
  test.each([{ metadata: { a: 'b' } }, { cancel_at_period_end: true }, { description: 'x' }])(
    'consists of nothing but what a pending update supports: %j',
    async (other) => {
      const subscription = await createSubscription(stripe);
      await expect(
        stripe.subscriptions.update(subscription.id, {
          items: [{ id: itemOf(subscription).id, quantity: 2 }],
          proration_behavior: 'always_invoice',
          payment_behavior: 'pending_if_incomplete',
          ...other,
        }),
      ).rejects.toMatchObject({ statusCode: 400, param: Object.keys(other)[0] });
    },
  );

  async function held(): Promise<Stripe.Subscription> {
    const subscription = await createSubscription(stripe);
    const failing = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: idOf(subscription.customer),
    });
    await stripe.subscriptions.update(subscription.id, { default_payment_method: failing.id });
    return stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, quantity: 2 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
  }

  test('is dropped when its invoice is voided', async () => {
    const subscription = await held();
    expect(subscription.pending_update).toMatchObject({ subscription_items: [{ quantity: 2 }] });
    await stripe.invoices.voidInvoice(idOf(subscription.latest_invoice));
    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect(after.pending_update).toBeNull();
    expect(itemOf(after).quantity).toBe(1);
    expect(await rig.types()).toContain('customer.subscription.pending_update_expired');
  });

  test('expires with the period that it was calculated for, if that ends first', async () => {
    rig.clock.seconds = testStart + 30 * day + day / 2;
    const first = await held();
    const end = itemOf(first).current_period_end;
    rig.clock.seconds = end - 3_600;
    const failing = await stripe.subscriptions.update(first.id, {
      items: [{ id: itemOf(first).id, quantity: 3 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
    expect(failing.pending_update?.expires_at).toBe(end);
  });
});

describe('The preview of a change', () => {
  test('shows what the change then bills for the same second, and what a whole period bills', async () => {
    const subscription = await createSubscription(stripe);
    const { id, current_period_start: start, current_period_end: end } = itemOf(subscription);
    const pro = await createMonthlyPrice(stripe, { unit_amount: 4_000 });
    const at = start + Math.floor((end - start) / 3);
    const change = {
      items: [{ id, price: pro.id }],
      proration_date: at,
      proration_behavior: 'always_invoice' as const,
    };
    const shown = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: change,
    });
    const period = await stripe.invoices.createPreview({
      subscription: subscription.id,
      preview_mode: 'recurring',
      subscription_details: { items: change.items },
    });
    expect(period).toMatchObject({ total: 4_000, lines: { data: [{ amount: 4_000 }] } });
    const changed = await stripe.subscriptions.update(subscription.id, {
      ...change,
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
    });
    expect(shown.amount_due).toBeGreaterThan(0);
    expect(changed.latest_invoice).toMatchObject({
      status: 'paid',
      total: shown.total,
      amount_paid: shown.amount_due,
    });
  });

  test('is refused for a second outside of the period, as the change is', async () => {
    const subscription = await createSubscription(stripe);
    const { id, current_period_start: start } = itemOf(subscription);
    const change = { items: [{ id, quantity: 2 }], proration_date: start - 1 };
    const refusal = { statusCode: 400, param: 'proration_date' };
    await expect(
      stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: change }),
    ).rejects.toMatchObject(refusal);
    await expect(stripe.subscriptions.update(subscription.id, change)).rejects.toMatchObject(refusal);
  });
});
