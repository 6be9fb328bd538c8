/** Answers of Stripe of any shape: a row is written from what can be read, or stays as it is. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene, type TestUser } from '../regressions/scene.ts';
import { openStripeStub, type StripeStub } from '../support/stripe-stub.ts';
import { acaciaJson, basilJson, DAY, T0 } from '../support/subscriptions.ts';
import { delivered } from '../support/webhooks.ts';
import { answerTo, expectDiscreteLogs, forAll, patience } from './checks.ts';
import { corrupted, type Json, json, secrets, texts } from './inputs.ts';

let stub: StripeStub;
let scene: Scene;
let user: TestUser;
const row = { status: 'active', current_period_end: T0 + DAY };
beforeAll(async () => {
  stub = await openStripeStub();
  scene = await openScene({ env: { STRIPE_API_BASE: stub.url } });
  user = await scene.createUser({ entitlement: row });
  stub.answer('GET /v1/entitlements/active_entitlements', { body: listOf([]) });
});
afterAll(() => Promise.all([scene.stage.close(), stub.close()]));

const listOf = (data: readonly unknown[]) => ({ object: 'list', has_more: false, data });

async function answerWith(subscriptions: unknown): Promise<number> {
  const customer = { id: user.customerId, object: 'customer', metadata: { cognito_sub: user.sub } };
  stub.answer(`GET /v1/customers/${user.customerId}`, { body: customer });
  stub.answer('GET /v1/subscriptions', { body: subscriptions });
  return (await scene.notify(user.customerId)).statusCode;
}

const expectNoAccess = async () => {
  expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: false });
};

describe('A list of subscriptions', () => {
  it('of any shape is answered 503, and the row stays as it is', patience, async () => {
    const before = await scene.stage.entitlement(user.sub);
    const bodies = fc.oneof(
      json.map((body) => JSON.stringify(body)),
      texts,
      fc.record({ data: json, has_more: fc.boolean() }).filter(({ data }) => !Array.isArray(data)),
      json.map((has_more) => ({ data: [], has_more })).filter((it) => typeof it.has_more !== 'boolean'),
      json.filter((it) => typeof it !== 'object' || Array.isArray(it)).map((it) => listOf([it])),
    );
    await forAll(bodies, async (body) => {
      expect(await answerWith(body)).toBe(503);
    });
    expect(await scene.stage.entitlement(user.sub)).toEqual(before);
  });

  it(
    'with a subscription that is corrupted anywhere never gives access without an end',
    patience,
    async () => {
      const past = { customer: user.customerId, metadata: { email: secrets.email } };
      const whole = fc.constantFrom(basilJson(past), acaciaJson(past));
      const broken = whole.chain((one) => corrupted(JSON.parse(JSON.stringify(one)) as Json));
      await forAll(broken, async (subscription) => {
        expect([200, 503]).toContain(await answerWith(listOf([subscription])));
        // Every time in these subscriptions has passed, unless the corruption put another one there.
        const end = (await scene.stage.entitlement(user.sub))?.['current_period_end'];
        if (typeof end !== 'number' || end < Date.now() / 1000 - 4 * DAY) await expectNoAccess();
      });
    },
  );
});

it('A thin event of any shape is answered 200, 400 or 503, and nothing is written', patience, async () => {
  const before = await scene.stage.entitlement(user.sub);
  const types = ['v1.customer.subscription.updated', 'v1.customer.updated', 'v1.invoice.paid', 'v2.core.x'];
  const url = fc.oneof(json, texts, fc.constantFrom('/v1/customers', '/v1/subscriptions/search', '/v1/x'));
  const event = fc.record(
    {
      id: fc.oneof(fc.constant('evt_1'), json),
      object: fc.constant('v2.core.event'),
      type: fc.oneof(fc.constantFrom(...types), json),
      created: json,
      livemode: fc.oneof(fc.constant(false), json),
      context: fc.oneof(fc.constant(null), json),
      snapshot_event: fc.oneof(texts, json),
      related_object: fc.oneof(json, fc.record({ id: json, type: json, url })),
    },
    { requiredKeys: ['object'] },
  );
  await forAll(event, async (event) => {
    const { statusCode } = await answerTo(scene.stage, 'stripe-webhook', delivered(event));
    expect([200, 400, 503]).toContain(statusCode);
  });
  expect(await scene.stage.entitlement(user.sub)).toEqual(before);
});

// No log line of any test contains an email address, a name, a key or a token.
afterAll(() => expectDiscreteLogs(scene.stage));
