/** A change at once credits the rest of what was paid, so it is refused where that is not paid, or went back to the user. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import {
  type Shelf,
  type Subscriber,
  shelfEnvironment,
  shelfOn,
  subscribersOn,
} from '../../tests/support/subscribers.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let users: ReturnType<typeof subscribersOn>;
let shelf: Shelf;

beforeAll(async () => {
  stage = await createStage({ env: shelfEnvironment });
  users = subscribersOn(stage);
  shelf = await shelfOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function deliver(type: string, object: object): Promise<void> {
  expect(await stage.call('stripe-webhook', delivered(stripeEvent(type, object)))).toMatchObject({
    statusCode: 200,
  });
}

interface Refunded {
  readonly who: Subscriber;
  readonly refund: string;
}

/** A user who paid for a year and got `amount` of it back. */
async function refunded(amount = 30_000): Promise<Refunded> {
  const who = await users.subscriber(shelf.proYearly);
  const customer = who.customerId;
  await deliver('customer.subscription.updated', { id: who.subscriptionId, customer });
  const { data } = await stage.stripe.charges.list({ customer });
  const charge = data[0]?.id ?? '';
  const { id: refund } = await stage.stripe.refunds.create({ charge, amount });
  await deliver('charge.refunded', { id: charge, customer });
  stage.calm();
  return { who, refund };
}

async function balanceOf({ customerId }: Subscriber): Promise<number> {
  const customer = await stage.stripe.customers.retrieve(customerId);
  return 'balance' in customer ? customer.balance : 0;
}

const monthlyNow = { price: 'pro', when: 'now' };
const refused = {
  statusCode: 409,
  body: { code: 'change_not_available', detail: expect.stringContaining('went back') },
};

describe('A change at once after a refund in full', () => {
  it('is refused and credits nothing, so that the money does not go back twice', async () => {
    const { who } = await refunded();
    expect(await users.entitlements(who)).toMatchObject({ access_granted: false });
    expect(await users.preview(who, monthlyNow)).toMatchObject(refused);
    expect(await users.order(who, { change: monthlyNow })).toMatchObject(refused);
    expect(await users.order(who, { change: { quantity: 2 } })).toMatchObject(refused);
    expect(await users.itemsOf(who)).toEqual([[shelf.proYearly, 1]]);
    expect(await balanceOf(who)).toBe(0);
    expect(await users.entitlements(who)).toMatchObject({ access_granted: false });
  });

  it('is possible for the end of the period, and the subscription can be canceled and resumed', async () => {
    const { who } = await refunded();
    expect(await users.order(who, { change: { price: 'pro' } })).toMatchObject({
      body: { outcome: 'scheduled' },
    });
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
    expect(await users.order(who, { resume: {} })).toMatchObject({ body: { outcome: 'resumed' } });
  });

  it('is made if Stripe says by then that the refund failed', async () => {
    const { who, refund } = await refunded();
    await fetch(`${stage.stripeUrl}/_simulator/refunds/${refund}/settle`, {
      method: 'POST',
      body: JSON.stringify({ status: 'failed' }),
    });
    expect(await users.order(who, { change: monthlyNow })).toMatchObject({ body: { outcome: 'changed' } });
  });
});

describe('A change at once after a partial refund', () => {
  it('is made', async () => {
    const { who } = await refunded(100);
    expect(await users.order(who, { change: monthlyNow })).toMatchObject({ body: { outcome: 'changed' } });
  });
});
