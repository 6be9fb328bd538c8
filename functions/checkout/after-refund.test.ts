/** A user whose payment went back can buy again, and pays for one subscription only. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;

beforeAll(async () => {
  stage = await createStage({ env: { TRIAL_DAYS: '0' } });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function deliver(type: string, object: object): Promise<void> {
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent(type, object)));
  expect(answer).toMatchObject({ statusCode: 200 });
}

interface Refunded {
  readonly who: User;
  readonly customer: string;
  readonly old: string;
}

/** A user who paid and got `share` of the payment back. */
async function refunded(share = 1): Promise<Refunded> {
  const who = await buyers.user();
  const answer = await buyers.checkout(who);
  expect(await pay(answer.body['url'])).toBe(303);
  const [bought] = await buyers.subscriptions(who);
  const customer = await buyers.customerOf(who);
  await deliver('customer.subscription.updated', { id: bought?.id, customer });
  const { data } = await stage.stripe.charges.list({ customer });
  const [charge] = data;
  const amount = Math.floor((charge?.amount ?? 0) * share);
  await stage.stripe.refunds.create({ charge: charge?.id ?? '', amount });
  await deliver('charge.refunded', { id: charge?.id, customer });
  stage.calm();
  return { who, customer, old: bought?.id ?? '' };
}

const refused = { statusCode: 409, body: { code: 'already_subscribed', source: 'stripe' } };

describe('A checkout after a refund in full', () => {
  it('opens a session, and the old subscription ends before it bills again', async () => {
    const { who, old, customer } = await refunded();
    const answer = await buyers.checkout(who);
    expect(answer.statusCode).toBe(200);
    expect(await stage.stripe.subscriptions.retrieve(old)).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
    });
    expect(await buyers.checkout(who)).toMatchObject({ statusCode: 200, body: { id: answer.body['id'] } });
    expect(await pay(answer.body['url'])).toBe(303);
    const [bought] = await buyers.subscriptions(who);
    await deliver('customer.subscription.created', { id: bought?.id, customer });
    expect(await stage.entitlement(who.sub)).toMatchObject({
      status: 'active',
      subscription_id: bought?.id,
    });
    expect(await buyers.checkout(who)).toMatchObject(refused);
  });

  it('is refused after a partial refund', async () => {
    const { who, old } = await refunded(0.5);
    expect(await buyers.checkout(who)).toMatchObject(refused);
    expect((await stage.stripe.subscriptions.retrieve(old)).cancel_at_period_end).toBe(false);
  });

  it('is refused if Stripe says by then that the refund failed', async () => {
    const { who, customer, old } = await refunded();
    const { data } = await stage.stripe.charges.list({ customer });
    const refunds = await stage.stripe.refunds.list({ charge: data[0]?.id ?? '' });
    await fetch(`${stage.stripeUrl}/_simulator/refunds/${refunds.data[0]?.id}/settle`, {
      method: 'POST',
      body: JSON.stringify({ status: 'failed' }),
    });
    expect(await buyers.checkout(who)).toMatchObject(refused);
    expect((await stage.stripe.subscriptions.retrieve(old)).cancel_at_period_end).toBe(false);
  });

  it('is refused if another subscription gives access, and the old one stays as it is', async () => {
    const { who, customer, old } = await refunded();
    const { items } = await stage.stripe.subscriptions.retrieve(old);
    const { data } = await stage.stripe.paymentMethods.list({ customer });
    await stage.stripe.subscriptions.create({
      customer,
      items: [{ price: items.data[0]?.price.id ?? '' }],
      default_payment_method: data[0]?.id ?? '',
    });
    expect(await buyers.checkout(who)).toMatchObject(refused);
    expect((await stage.stripe.subscriptions.retrieve(old)).cancel_at_period_end).toBe(false);
  });

  it('is refused if a schedule manages the old subscription, which Stripe then does not let end', async () => {
    const { who, old } = await refunded();
    await stage.stripe.subscriptionSchedules.create({ from_subscription: old });
    expect(await buyers.checkout(who)).toMatchObject(refused);
    expect(await buyers.openSessions(who)).toEqual([]);
  });
});
