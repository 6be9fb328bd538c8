/** A checkout that was paid for a user without records: the account is deleted, and the customer still exists. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTLED_SECONDS } from '../../core/gate/decide.ts';
import { idOf, pricesOn } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let price: string;
/** How far Stripe's clock is behind, which makes the customers older. */
let behindSeconds = SETTLED_SECONDS;

beforeAll(async () => {
  stage = await createStage({ now: () => Date.now() - behindSeconds * 1000 });
  price = (await pricesOn(stage)).monthly;
});
afterAll(() => stage.close());

async function deliver(type: string, object: object): Promise<number> {
  return (await stage.call('stripe-webhook', delivered(stripeEvent(type, object)))).statusCode;
}

const chargesOf = async (customer: string) => (await stage.stripe.charges.list({ customer })).data;
const statusOf = async (id: string) => (await stage.stripe.subscriptions.retrieve(id)).status;

function alarmsOf({ sub }: { readonly sub: string }) {
  return stage.logs.filter((line) => line['metric'] === 'orphaned_checkout' && line['user_id'] === sub);
}

async function purchase({ paid }: { readonly paid: boolean }) {
  const sub = randomUUID();
  const stamp = { cognito_sub: sub, cognito_user_pool: stage.poolId };
  const { id: customer } = await stage.stripe.customers.create({
    metadata: stamp,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const metadata = { ...stamp, made_by: 'predixa-checkout' };
  const { id, latest_invoice } = await stage.stripe.subscriptions.create({
    customer,
    items: [{ price }],
    ...(paid ? {} : { payment_behavior: 'default_incomplete' as const }),
    metadata,
  });
  const session = {
    id: `cs_test_${sub}`,
    object: 'checkout.session',
    customer,
    subscription: id,
    payment_status: paid ? 'paid' : 'unpaid',
    metadata,
  };
  return { sub, customer, id, session, invoice: idOf(latest_invoice) };
}

describe('A checkout of a user without records', () => {
  it('is canceled and refunded with an alarm, once', async () => {
    const { sub, customer, id, session } = await purchase({ paid: true });
    for (let time = 1; time <= 2; time += 1)
      expect(await deliver('checkout.session.completed', session)).toBe(200);
    expect(await statusOf(id)).toBe('canceled');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true, amount_refunded: 990 }]);
    expect(alarmsOf({ sub })).toMatchObject([{ level: 'error', action: 'cancel_and_refund', refunds: 1 }]);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });

  it('is kept and delivered again while the user may have signed up a moment ago', async () => {
    behindSeconds = SETTLED_SECONDS - 60;
    const { sub, customer, id, session } = await purchase({ paid: true });
    behindSeconds = SETTLED_SECONDS;
    expect(await deliver('checkout.session.completed', session)).toBe(503);
    expect(await statusOf(id)).toBe('active');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: false }]);
    expect(alarmsOf({ sub })).toEqual([]);
  });

  it('is canceled while it is unpaid, so that it is not paid later', async () => {
    const { sub, id, session } = await purchase({ paid: false });
    expect(await deliver('checkout.session.completed', session)).toBe(200);
    expect(await statusOf(id)).toMatch(/^(canceled|incomplete_expired)$/);
    expect(alarmsOf({ sub })).toMatchObject([{ action: 'cancel_and_refund', refunds: 0 }]);
  });

  it('is refunded when it is paid in the end', async () => {
    const { sub, customer, id, session, invoice } = await purchase({ paid: false });
    await stage.stripe.invoices.pay(invoice);
    const paid = { ...session, payment_status: 'paid' };
    expect(await deliver('checkout.session.async_payment_succeeded', paid)).toBe(200);
    expect(await statusOf(id)).toBe('canceled');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true }]);
    expect(alarmsOf({ sub })).toMatchObject([{ refunds: 1 }]);
  });
});
