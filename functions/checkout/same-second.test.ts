/** Sessions that are opened, replaced and expired within one second of Stripe's clock, and answers that Stripe replays. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pricesOn } from '../../tests/support/buyers.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let nowMs = Date.now();

beforeAll(async () => {
  // Stripe's clock does not move, so all sessions are of one second.
  stage = await createStage({ now: () => nowMs, concurrency: 3, env: { TRIAL_DAYS: '0' } });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => {
  nowMs = Date.now();
  stage.calm();
});

const bodies = [
  { price: 'pro_monthly' },
  { price: 'pro_yearly' },
  { price: 'pro_monthly', cancel_url: 'https://app.example.com/other' },
];
const keysSent = () =>
  stage.wires.stripe.calls.filter(({ name }) => name === 'POST /v1/checkout/sessions').length;

describe('Sessions of one second', () => {
  it('each open, however often the user changes the plan back and forth', async () => {
    const who = await buyers.user();
    for (let click = 0; click < 9; click += 1) {
      const answer = await buyers.checkout(who, bodies[click % 2]);
      expect([click, answer.statusCode, answer.body['code']]).toEqual([click, 200, undefined]);
      expect((await buyers.openSessions(who)).map(({ id }) => id)).toEqual([answer.body['id']]);
    }
    // None was opened twice, and none was asked for that had been replaced.
    expect(keysSent()).toBe(9);
  });

  it('each open after an equal one was expired by hand', async () => {
    const who = await buyers.user();
    for (let click = 0; click < 6; click += 1) {
      const { statusCode, body } = await buyers.checkout(who);
      expect([click, statusCode]).toEqual([click, 200]);
      await stage.stripe.checkout.sessions.expire(String(body['id']));
    }
  });

  it('are one for equal requests, and never lock the user out whatever several tabs ask for', async () => {
    const rounds = fc.array(fc.array(fc.constantFrom(...bodies), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    const property = fc.asyncProperty(rounds, async (clicks) => {
      const who = await buyers.user();
      for (const tabs of clicks) {
        const answers = await Promise.all(tabs.map((body) => buyers.checkout(who, body)));
        const statuses = answers.map(({ statusCode }) => statusCode);
        expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
        const pages = new Set(answers.map(({ body }) => body['id']));
        const areEqual = tabs.every((body) => body === tabs[0]);
        expect(areEqual ? pages.size : 1).toBe(1);
      }
      // The next click by itself always gets a page.
      for (const body of bodies) expect((await buyers.checkout(who, body)).statusCode).toBe(200);
    });
    await fc.assert(property, { numRuns: isLongRun ? 20 : 4 });
  });
});
