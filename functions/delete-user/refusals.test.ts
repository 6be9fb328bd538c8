import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buyersOn, pricesOn } from '../../tests/support/buyers.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await pricesOn(stage);
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
