import { AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pay, pricesOn } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;

beforeAll(async () => {
  stage = await createStage();
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

describe('A checkout of an account that is deleted at the same time', () => {
  it('leaves no session that can be paid', async () => {
    const who = await buyers.user({});
    const { body } = await buyers.checkout(who);
    const id = String(body['id']);
    const session = await stage.stripe.checkout.sessions.retrieve(id);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect((await stage.stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    expect(await pay(session.url)).not.toBe(303);
  });

  it('closes a session that is being opened, and never restores the user', async () => {
    const who = await buyers.user({});
    const hold = stage.wires.stripe.holdNext('POST /v1/checkout/sessions');
    const pending = buyers.checkout(who);
    await hold.reached;
    expect((await buyers.remove(who)).statusCode).toBe(200);
    hold.release();
    expect([409, 410, 503]).toContain((await pending).statusCode);
    expect(await stage.profile(who.sub)).toBeUndefined();
    expect(await stage.entitlement(who.sub)).toBeUndefined();
    const { data } = await stage.stripe.checkout.sessions.list({ status: 'open' });
    expect(data.filter(({ client_reference_id }) => client_reference_id === who.sub)).toEqual([]);
  });

  it('leaves no row that a webhook writes while the checkout rolls back', async () => {
    const { dynamodb } = stage.wires;
    const who = await buyers.user({});
    const row = dynamodb.holdNext('PutItem');
    const removals = [dynamodb.holdNext('DeleteItem'), dynamodb.holdNext('DeleteItem')] as const;
    const pending = buyers.checkout(who);
    await row.reached;
    const customer = await buyers.customerOf(who);
    await stage.cognito.send(
      new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username: who.username }),
    );
    row.release();
    await removals[0].reached;
    removals[0].release();
    await removals[1].reached;
    const metadata = { cognito_sub: who.sub };
    const changed = { id: 'sub_any', object: 'subscription', customer, metadata };
    const event = delivered(stripeEvent('customer.subscription.updated', changed));
    expect((await stage.call('stripe-webhook', event)).statusCode).toBe(200);
    removals[1].release();
    expect((await pending).statusCode).toBe(410);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
  });
});
