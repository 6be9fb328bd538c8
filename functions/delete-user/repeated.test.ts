/** A token outlives its user: the deletion that it requests again costs little, and is answered truthfully. */
import { randomUUID } from 'node:crypto';
import { AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestLimits } from '../../core/limits/request-limits.ts';
import { buyersOn, pay, pricesOn } from '../../tests/support/buyers.ts';
import { isBilled, payingCustomer } from '../../tests/support/payers.ts';
import { asFailedDeletion } from '../../tests/support/shipped-clients.ts';
import { type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let price: string;

beforeAll(async () => {
  stage = await createStage({ concurrency: 4, searchLagSeconds: 0 });
  buyers = buyersOn(stage);
  price = (await pricesOn(stage)).monthly;
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function payer() {
  const who = await buyers.user();
  await pay((await buyers.checkout(who)).body['url']);
  return { ...who, customerId: await buyers.customerOf(who) };
}

const everywhere = { cognito: true, dynamodb_userprofiles: true, dynamodb_entitlements: true, stripe: true };
const deleted = { statusCode: 200, body: { success: true, deleted: everywhere, billing_continues: [] } };
const repeat = <T>(count: number, run: () => Promise<T>) => Promise.all(Array.from({ length: count }, run));

describe('A deletion that is repeated after the account is deleted', () => {
  it('creates and deletes nothing, and asks Stripe once, however often it is repeated', async () => {
    const who = await payer();
    expect(await buyers.remove(who)).toMatchObject(deleted);
    const before = await stage.itemCount();
    stage.calm();
    for (let request = 0; request < 20; request += 1) {
      expect(await buyers.remove(who)).toMatchObject(deleted);
    }
    const asked = stage.wires.stripe.names().filter((name) => !name.startsWith('GET /v1/customers/cus_'));
    expect(asked).toEqual(['GET /v1/customers/search']);
    expect(stage.wires.cognito.names()).toEqual(['AdminGetUser']);
    expect(await stage.itemCount()).toBe(before);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
  });

  it('asks Stripe once also if many requests arrive at once, and all are answered truthfully', async () => {
    const who = await payer();
    expect(await buyers.remove(who)).toMatchObject(deleted);
    stage.calm();
    const answers = await repeat(12, () => buyers.remove(who));
    for (const { statusCode, body } of answers) {
      const expected = statusCode === 200 ? deleted.body : { code: 'too_many_requests', success: false };
      expect([200, 429]).toContain(statusCode);
      expect(body).toMatchObject(expected);
    }
    expect(stage.wires.stripe.names().filter((name) => name === 'GET /v1/customers/search')).toHaveLength(1);
    expect(stage.wires.stripe.names().filter((name) => /^(POST|DELETE)/.test(name))).toEqual([]);
    expect(await buyers.remove(who)).toMatchObject(deleted);
  });

  it('is answered 503 while Stripe does not say whether anything is left', async () => {
    const who = await payer();
    await buyers.remove(who);
    stage.wires.stripe.fail(everyOf('GET /v1/customers/search', 'server_error'));
    expect(await buyers.remove(who)).toMatchObject({
      statusCode: 503,
      body: { code: 'deletion_incomplete' },
    });
    stage.calm();
    expect(await buyers.remove(who)).toMatchObject(deleted);
  });
});

describe('A deletion of a user without a profile', () => {
  it.each(['the login', 'the row', 'a customer that pays'])('deletes %s that is left', async (left) => {
    const who =
      left === 'the login' ? await buyers.user() : { sub: randomUUID(), username: 'no-one', email: '' };
    if (left === 'the row')
      await stage.putEntitlement({ cognito_sub: who.sub, status: 'active', version: 1 });
    const { customerId } =
      left === 'a customer that pays'
        ? await payingCustomer(stage, { price, metadata: { cognito_sub: who.sub } })
        : { customerId: undefined };
    expect(await buyers.remove(who)).toMatchObject(deleted);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
    expect(customerId !== undefined && (await isBilled(stage, customerId))).toBe(false);
    stage.calm();
    // It is known by now, so the repetition asks no one.
    expect(await buyers.remove(who)).toMatchObject(deleted);
    expect([stage.wires.stripe.names(), stage.wires.cognito.names()]).toEqual([[], []]);
  });

  it('leaves the login of another user who has the name by now', async () => {
    const who = await buyers.user();
    const former = { ...who, sub: randomUUID() };
    expect(await buyers.remove(former)).toMatchObject(deleted);
    expect((await buyers.checkout(who)).statusCode).toBe(200);
  });

  it('deletes what a user left who was deleted in Cognito itself', async () => {
    const who = await payer();
    const command = new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username: who.username });
    await stage.cognito.send(command);
    expect(await buyers.remove(who)).toMatchObject(deleted);
    expect(await isBilled(stage, who.customerId)).toBe(false);
  });
});

describe('A deletion that cannot be finished', () => {
  const failing = () =>
    stage.wires.stripe.fail(({ name }) => (name.startsWith('DELETE') ? 'forbidden' : undefined));

  it('is limited, stays recorded, and may be continued seconds later', async () => {
    const who = await payer();
    failing();
    const answers: readonly ApiAnswer[] = await repeat(14, () => buyers.remove(who));
    const limited = answers.filter(({ statusCode }) => statusCode === 429);
    const { atMost, seconds } = requestLimits.deletion;
    // The window may end while they run.
    expect(answers.length - limited.length).toBeLessThanOrEqual(2 * atMost);
    for (const { body, headers } of limited) {
      expect(body).toMatchObject({ code: 'too_many_requests' });
      expect(asFailedDeletion(body)).toMatchObject({ success: false });
      expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(seconds);
    }
    expect(limited.length).toBeGreaterThan(0);
    expect(await stage.profile(who.sub)).toHaveProperty('predixaDeletionRequestedAt');
  });

  it('is recorded although the limit is reached, so that reconcile ends the billing', async () => {
    const who = await payer();
    const now = Math.floor(Date.now() / 1000);
    await stage.putEntitlement({
      cognito_sub: `limit#${who.sub}`,
      deletion_window: now - (now % 10) + 10,
      deletion_count: 5,
    });
    expect(await buyers.remove(who)).toMatchObject({ statusCode: 429 });
    expect(await stage.profile(who.sub)).toMatchObject({ predixaDeletionBasis: 'requested' });
    expect(stage.wires.stripe.names().filter((name) => name.startsWith('DELETE'))).toEqual([]);
  });
});
