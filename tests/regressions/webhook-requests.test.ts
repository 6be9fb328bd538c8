/** Webhook requests: bytes, signatures and modes. */
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { forms } from '../support/api-events.ts';
import { createStage, type Stage, WEBHOOK_SECRET } from '../support/stage.ts';
import { delivered, stripeEvent, withSignature } from '../support/webhooks.ts';

const NEXT_SECRET = 'whsec_test_next';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { STRIPE_WEBHOOK_SECRET: `${NEXT_SECRET},${WEBHOOK_SECRET}` } });
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

const send = (event: object, to = stage) => to.call('stripe-webhook', event);
const body = JSON.stringify({ ...stripeEvent('invoice.paid', { customer: null }), note: 'Zoë' }, null, 2);
const names = fc.constantFrom('stripe-signature', 'Stripe-Signature', 'STRIPE-SIGNATURE', 'sTRIPE-sIGNATURE');
const deliveries = fc.record({ form: fc.constantFrom(...forms), base64: fc.boolean(), headerName: names });

it('failure mode 32: a delivery is accepted in every form, and rejected if a single bit differs', async () => {
  const length = Buffer.byteLength(body);
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET });
  const property = fc.asyncProperty(
    deliveries,
    fc.nat(length - 1),
    fc.nat(6),
    async (delivery, index, bit) => {
      expect((await send(delivered(body, delivery))).statusCode).toBe(200);
      const bytes = Buffer.from(body);
      // Flipping the eighth bit could produce invalid UTF-8, which a plain body cannot carry.
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      const flipped = bytes.toString('utf8');
      fc.pre(flipped !== body);
      expect((await send(withSignature(flipped, header, delivery))).statusCode).toBe(400);
    },
  );
  await fc.assert(property, { numRuns: 60 });
  expect([...stage.wires.stripe.names(), ...stage.wires.dynamodb.names()]).toEqual([]);
});

it('failure mode 34: a signature with either secret of a rotation is valid, in any order, and no other is', async () => {
  const timestamp = Math.floor(Date.now() / 1000);
  const v1 = (secret: string) =>
    Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }).split(',')[1];
  const statusWith = async (...signatures: readonly (string | undefined)[]) =>
    (await send(withSignature(body, [`t=${timestamp}`, ...signatures].join(',')))).statusCode;
  const [current, next, foreign] = [v1(WEBHOOK_SECRET), v1(NEXT_SECRET), v1('whsec_of_another_endpoint')];
  expect(await statusWith(current)).toBe(200);
  expect(await statusWith(next)).toBe(200);
  expect(await statusWith(foreign, current)).toBe(200);
  expect(await statusWith(next, foreign)).toBe(200);
  expect(await statusWith(foreign)).toBe(400);
  expect(await statusWith()).toBe(400);
});

it('failure mode 35: a live stack counts a test event without calling another system, and processes a live one', async () => {
  const live = await createStage({ env: { STRIPE_API_KEY: 'sk_live_of_this_stack' } });
  const test = await send(delivered(stripeEvent('invoice.paid', { customer: 'cus_a' })), live);
  const askedForTest = live.wires.stripe.names().length;
  const [line] = live.logs;
  // The simulator rejects live keys, so the event is answered 503.
  const real = await send(
    delivered(stripeEvent('invoice.paid', { customer: 'cus_a' }, { livemode: true })),
    live,
  );
  const askedForLive = live.wires.stripe.names().length;
  await live.close();
  expect([test.statusCode, askedForTest]).toEqual([200, 0]);
  expect(line).toMatchObject({ metric: 'webhook_other_mode' });
  expect(real.statusCode).toBe(503);
  expect(askedForLive).toBeGreaterThan(0);
});
