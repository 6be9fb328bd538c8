/** A checkout that is paid for a user who is deleted or being deleted is canceled and refunded, with an alarm. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, idOf, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;

beforeAll(async () => {
  stage = await createStage();
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

interface Purchase {
  readonly who: User;
  readonly customer: string;
  readonly subscription: string;
  /** The session as Stripe's event carries it. */
  readonly session: Readonly<Record<string, unknown>>;
}

/** Creates a user who pays in full, since a user without a verified address gets no trial. */
async function purchase(): Promise<Purchase> {
  const who = await buyers.user({ verified: false });
  const { body } = await buyers.checkout(who);
  expect(await pay(body['url'])).toBe(303);
  const session = await stage.stripe.checkout.sessions.retrieve(String(body['id']));
  const customer = await buyers.customerOf(who);
  return { who, customer, subscription: idOf(session.subscription), session: { ...session } };
}

async function deliver(type: string, object: object): Promise<void> {
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent(type, object)));
  expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
}

const chargesOf = async (customer: string) => (await stage.stripe.charges.list({ customer })).data;
const statusOf = async (id: string) => (await stage.stripe.subscriptions.retrieve(id)).status;

function alarmsOf({ sub }: { readonly sub: string }) {
  return stage.logs.filter((line) => line['metric'] === 'orphaned_checkout' && line['user_id'] === sub);
}

describe('A checkout paid for a user', () => {
  it('is refunded once with an alarm when the event arrives after the deletion, however often it arrives', async () => {
    const { who, customer, session } = await purchase();
    expect((await buyers.remove(who)).statusCode).toBe(200);
    await deliver('checkout.session.completed', session);
    await deliver('checkout.session.completed', session);
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true, amount_refunded: 990 }]);
    expect(alarmsOf(who)[0]).toMatchObject({ level: 'error', action: 'refund', refunds: 1 });
    expect(await stage.entitlement(who.sub)).toBeUndefined();
    expect(await stage.profile(who.sub)).toBeUndefined();
  });

  it('is canceled and refunded when the event arrives during the deletion, while the row still exists', async () => {
    const { who, customer, session, subscription } = await purchase();
    const profile = await stage.profile(who.sub);
    await stage.putProfile({
      ...profile,
      userId: who.sub,
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
    });
    await deliver('checkout.session.completed', session);
    expect(await statusOf(subscription)).toBe('canceled');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true }]);
    expect(alarmsOf(who)).toMatchObject([{ level: 'error', action: 'cancel_and_refund' }]);
  });

  it('is refunded when the deletion runs between the write of the row and the look at the profile', async () => {
    const { who, customer, session } = await purchase();
    const write = stage.wires.dynamodb.holdNext('UpdateItem');
    const delivery = deliver('checkout.session.completed', session);
    await write.reached;
    const profileRead = stage.wires.dynamodb.holdNext('GetItem');
    write.release();
    await profileRead.reached;
    expect((await buyers.remove(who)).statusCode).toBe(200);
    profileRead.release();
    await delivery;
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true }]);
  });

  it('is refunded by a later delivery when Stripe refuses the refund, and the log has the reason', async () => {
    const { who, customer, session } = await purchase();
    expect((await buyers.remove(who)).statusCode).toBe(200);
    stage.wires.stripe.fail(everyOf('POST /v1/refunds', 'forbidden'));
    const event = delivered(stripeEvent('checkout.session.completed', session));
    expect((await stage.call('stripe-webhook', event)).statusCode).toBe(503);
    expect(alarmsOf(who)).toMatchObject([
      { level: 'error', action: 'refund', cause: { operation: 'refund', statusCode: 403 } },
    ]);
    stage.calm();
    expect((await stage.call('stripe-webhook', event)).statusCode).toBe(200);
    expect(await chargesOf(customer)).toMatchObject([{ refunded: true }]);
  });

  it('is kept when the user still exists', async () => {
    const { who, customer, session, subscription } = await purchase();
    await deliver('checkout.session.completed', session);
    await deliver('checkout.session.completed', session);
    expect(await statusOf(subscription)).toBe('active');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: false }]);
    expect(alarmsOf(who)).toEqual([]);
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'active' });
  });

  it('is delivered again when Stripe does not know its subscription, because the key is of another account', async () => {
    const { who, session } = await purchase();
    expect((await buyers.remove(who)).statusCode).toBe(200);
    const elsewhere = { ...session, subscription: 'sub_OfAnotherAccount' };
    const event = delivered(stripeEvent('checkout.session.completed', elsewhere));
    expect(await stage.call('stripe-webhook', event)).toMatchObject({ statusCode: 503 });
  });

  it('is left unchanged when other code opened the session', async () => {
    const { who, customer, session, subscription } = await purchase();
    await stage.putProfile({ userId: who.sub, predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    const metadata = { cognito_sub: who.sub };
    await deliver('checkout.session.completed', { ...session, metadata });
    expect(await statusOf(subscription)).toBe('active');
    expect(await chargesOf(customer)).toMatchObject([{ refunded: false }]);
  });
});
