import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { buyersOn, pricesOn } from '../../tests/support/buyers.ts';
import { payingCustomer } from '../../tests/support/payers.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let prices: Awaited<ReturnType<typeof pricesOn>>;
beforeAll(async () => {
  stage = await createStage();
  prices = await pricesOn(stage);
});
afterEach(() => refusalsOf(stage).calm());
afterAll(() => stage.close());

describe('A deletion of which Stripe refuses a call', () => {
  it.each([
    ['GET /v1/customers/*', 400],
    ['GET /v1/checkout/sessions', 402],
    ['POST /v1/checkout/sessions/*/expire', 400],
    ['DELETE /v1/customers/*', 424],
  ])('has a final answer of the contract, and keeps the login: %s, %i', async (match, status) => {
    const buyers = buyersOn(stage);
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    await refusalsOf(stage).refuse(match, { status, message: 'No.' });
    const answer = await buyers.remove(who);
    expect(answer).toMatchObject({
      statusCode: 500,
      body: { code: 'refused', success: false, details: { stripe: false, cognito: false } },
    });
    expect(answer.headers).not.toHaveProperty('Retry-After');
    await refusalsOf(stage).calm();
    expect((await buyers.remove(who)).statusCode).toBe(200);
  });
});

describe('A deletion of a user that an unlisted customer names', () => {
  const unlisted = async () => {
    const who = await buyersOn(stage).user();
    const payer = await payingCustomer(stage, { price: prices.monthly, metadata: { cognito_sub: who.sub } });
    return { who, payer };
  };
  const statusOf = async (id: string) => (await stage.stripe.subscriptions.retrieve(id)).status;

  it.each([
    [400, 'refused'],
    [402, 'refused'],
    [403, 'misconfigured'],
    [424, 'refused'],
  ])(
    'keeps the login while Stripe refuses the search, and ends the billing later: %i',
    async (status, code) => {
      const { who, payer } = await unlisted();
      const error = { status, message: 'No.', count: 1 };
      await refusalsOf(stage).refuse('GET /v1/customers/search', error);
      expect(await buyersOn(stage).remove(who)).toMatchObject({
        statusCode: 500,
        body: { code, details: { stripe: false, cognito: false } },
      });
      expect(await statusOf(payer.subscriptionId)).toBe('active');
      expect((await buyersOn(stage).remove(who)).statusCode).toBe(200);
      expect(await statusOf(payer.subscriptionId)).toBe('canceled');
    },
  );

  it('leaves it to the report of reconcile in an account without a search, and the log says so', async () => {
    const { who, payer } = await unlisted();
    const message = 'The search feature is temporarily unavailable in your region.';
    await refusalsOf(stage).refuse('GET /v1/customers/search', { status: 400, message });
    expect((await buyersOn(stage).remove(who)).statusCode).toBe(200);
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', metric: 'customer_search_unavailable' }),
    );
    // The customer names no pool, so that it may be another stage's.
    const { report } = (await stage.invoke('reconcile', {})) as RunResult;
    expect(report.examples).toContain(`customer_without_profile ${payer.customerId} (withheld)`);
  });
});
