import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { asEntitlements } from '../../tests/support/shipped-clients.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let price: string;

beforeAll(async () => {
  stage = await createStage();
  price = await monthlyPrice(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

function sync(sub: string | undefined, form: Form = 'http', more: object = {}) {
  const claims = sub === undefined ? {} : { claims: { sub } };
  const request = { method: 'POST', path: '/me/entitlements/sync', ...claims, ...more };
  return stage.call('checkout', apiEvent(form, request));
}

/** Creates a user who has just paid, before any webhook arrives. */
async function justPaid() {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  return { sub, ...payer };
}

describe('POST /me/entitlements/sync', () => {
  it.each(forms)('gives a user who just paid access immediately, without a webhook (%s)', async (form) => {
    const { sub, periodEnd } = await justPaid();
    const answer = await sync(sub, form);
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'Cache-Control': 'no-store' },
      body: {
        status: 'active',
        access_granted: true,
        plan: price,
        current_period_end: periodEnd,
        features: [],
      },
    });
    const read = await stage.call('entitlements-api', apiEvent(form, { claims: { sub } }));
    expect(read.body).toEqual(answer.body);
  });

  it('answers a shipped client with what another writer has recorded about the trial', async () => {
    const { sub } = await justPaid();
    const started = '2026-01-01T09:30:00.000Z';
    await stage.putEntitlement({ cognito_sub: sub, status: 'trialing', trial_started_at: started });
    const { body } = await sync(sub);
    expect(asEntitlements(body)).toMatchObject({
      status: 'active',
      trial_started_at: started,
      trial_days_remaining: 0,
    });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active', trial_started_at: started });
  });

  it('leaves GET /me/entitlements a single read that never calls Stripe', async () => {
    const { sub } = await justPaid();
    stage.calm();
    await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }));
    expect(stage.wires.dynamodb.names()).toEqual(['GetItem']);
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('reads Stripe again even if the row was synced a moment ago', async () => {
    const { sub, subscriptionId } = await justPaid();
    await sync(sub);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    expect((await sync(sub)).body).toMatchObject({ status: 'canceled', access_granted: false });
  });

  it('syncs only the caller’s own customer, whatever the headers and the body say', async () => {
    const { sub, customerId } = await justPaid();
    const stranger = randomUUID();
    await stage.putProfile({ userId: stranger });
    await stage.putEntitlement({ cognito_sub: stranger, status: 'none' });
    const body = JSON.stringify({ sub, cognito_sub: sub, customer: customerId });
    const answer = await sync(stranger, 'http', { body, headers: { 'x-user': sub } });
    expect(answer).toMatchObject({ statusCode: 200, body: { status: 'none', access_granted: false } });
    expect(stage.wires.stripe.calls).toEqual([]);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('has a rate limit per user, and says when to retry', async () => {
    const { sub } = await justPaid();
    const minute = () => Math.floor(Date.now() / 60_000);
    const began = minute();
    const answers = await Promise.all(Array.from({ length: 25 }, () => sync(sub)));
    // A new minute may begin while they run, and with it a new window for the remaining requests.
    const windows = minute() - began + 1;
    const allowed = answers.filter(({ statusCode }) => statusCode === 200).length;
    expect(allowed).toBeGreaterThanOrEqual(10);
    expect(allowed).toBeLessThanOrEqual(10 * windows);
    const refused = answers.find(({ statusCode }) => statusCode === 429);
    expect(refused?.body).toMatchObject({ code: 'too_many_requests' });
    expect(Number(refused?.headers['Retry-After'])).toBeGreaterThan(0);
    expect((await sync((await justPaid()).sub)).statusCode).toBe(200);
  });

  it('counts each of several simultaneous requests, and refuses none below the limit', async () => {
    const crowd = await createStage({ concurrency: 5 });
    const sub = randomUUID();
    const { id } = await crowd.stripe.customers.create({ metadata: { cognito_sub: sub } });
    await crowd.putProfile({ userId: sub, stripeCustomerId: id });
    await crowd.putEntitlement({ cognito_sub: sub, status: 'none' });
    const ask = () => {
      const request = { method: 'POST', path: '/me/entitlements/sync', claims: { sub } };
      return crowd.call('checkout', apiEvent('http', request));
    };
    const answers = await Promise.all(Array.from({ length: 5 }, ask));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(await crowd.entitlement(`limit#${sub}`)).toHaveProperty('sync_count');
    await crowd.close();
  });

  it('never restores a deleted user: without a profile, or with one marked for deletion, it only reads', async () => {
    const deleted = randomUUID();
    expect((await sync(deleted)).body).toMatchObject({ status: 'none', access_granted: false });
    expect(await stage.entitlement(deleted)).toBeUndefined();
    const beingDeleted = await justPaid();
    await stage.putProfile({
      userId: beingDeleted.sub,
      stripeCustomerId: beingDeleted.customerId,
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
    });
    stage.calm();
    expect((await sync(beingDeleted.sub)).body).toMatchObject({ status: 'none' });
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('creates the row that sign-up failed to create', async () => {
    const { sub } = await justPaid();
    const rowless = randomUUID();
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: rowless } });
    await stage.putProfile({ userId: rowless, stripeCustomerId: customerId });
    expect((await sync(rowless)).body).toMatchObject({ status: 'active', access_granted: true });
    expect(await stage.entitlement(rowless)).not.toHaveProperty('provisional');
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('records its request in the row’s history', async () => {
    const { sub } = await justPaid();
    await sync(sub);
    expect(await stage.entitlement(sub)).toMatchObject({
      history: [{ by: expect.stringMatching(/^request /), status_before: 'none', status: 'active' }],
    });
  });

  it('answers 401 without an identity and 503 with Retry-After while Stripe does not answer, and then keeps the row', async () => {
    expect((await sync(undefined)).statusCode).toBe(401);
    const { sub } = await justPaid();
    stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
    const answer = await sync(sub);
    expect(answer).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
    expect(answer.headers).toHaveProperty('Retry-After');
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });
});

describe('Without a Stripe key', () => {
  it('entitlements can still be read, and the log of the sync names the missing setting', async () => {
    const keyless = await createStage({ env: { STRIPE_API_KEY: '' } });
    const claims = { sub: randomUUID() };
    const read = await keyless.call('entitlements-api', apiEvent('http', { claims }));
    expect(read).toMatchObject({ statusCode: 200, body: { status: 'none' } });
    const request = { method: 'POST', path: '/me/entitlements/sync', claims };
    const synced = await keyless.call('checkout', apiEvent('http', request));
    expect(synced).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
    expect(synced.body).not.toHaveProperty('detail');
    expect(keyless.logs.at(-1)).toMatchObject({ cause: { missing: ['STRIPE_API_KEY'] } });
    await keyless.close();
  });
});
