/** One trial per person, against the races and tricks that would gain a second one. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let prices: Awaited<ReturnType<typeof pricesOn>>;
/** Stripe's clock runs ahead of ours by whole seconds, so that of two sessions one is certainly newer. */
let aheadMs = 0;
const aSecondLater = () => {
  aheadMs += 1_000;
};

beforeAll(async () => {
  stage = await createStage({ concurrency: 3, now: () => Date.now() + aheadMs });
  buyers = buyersOn(stage);
  prices = await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const OPEN = 'POST /v1/checkout/sessions';
const monthly = { price: 'pro_monthly' };
const yearly = { price: 'pro_yearly' };

/** Returns whether another account of the same person begins with a trial. */
async function anotherTrial(email: string): Promise<boolean> {
  const again = await buyers.user({ email });
  return buyers.isTrial(await buyers.checkout(again), again);
}

async function personWithTwoAddresses(): Promise<User & { readonly other: string }> {
  const name = randomUUID();
  return { ...(await buyers.user({ email: `${name}@example.com` })), other: `${name}+2@example.com` };
}

describe('Two sessions opened at the same moment', () => {
  it('use up the trial if the later one is paid, although the claim held the earlier one', async () => {
    const who = await personWithTwoAddresses();
    const first = stage.wires.stripe.holdNext(OPEN);
    const tab = buyers.checkout(who, monthly);
    await first.reached;
    const second = stage.wires.stripe.holdNext(OPEN);
    const otherTab = buyers.checkout(who, yearly);
    await second.reached;
    first.release();
    await tab;
    aSecondLater();
    second.release();
    const answer = await otherTab;
    expect(answer.statusCode).toBe(200);
    expect(await buyers.isTrial(answer, who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(false);
  });

  it('use up the trial if one whose request failed is offered and paid later', async () => {
    const who = await personWithTwoAddresses();
    const hold = stage.wires.stripe.holdNext(OPEN);
    // Stripe opens it, and the response never arrives.
    stage.wires.stripe.fail(({ name, body }) =>
      name === OPEN && body.includes(prices.yearly) ? 'reset_after' : undefined,
    );
    const lost = buyers.checkout(who, yearly);
    await hold.reached;
    expect((await buyers.checkout(who, monthly)).statusCode).toBe(200);
    aSecondLater();
    hold.release();
    expect((await lost).statusCode).toBe(503);
    expect(await buyers.openSessions(who)).toHaveLength(2);
    stage.wires.stripe.stopFailing();
    const answer = await buyers.checkout(who, yearly);
    expect(answer.statusCode).toBe(200);
    expect(await buyers.isTrial(answer, who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(false);
  });

  it('leave the trial with the offered one when the other reaches the claim late', async () => {
    const who = await personWithTwoAddresses();
    const opening = stage.wires.stripe.holdNext(OPEN);
    const tab = buyers.checkout(who, monthly);
    await opening.reached;
    const binding = stage.wires.dynamodb.holdNext('PutItem');
    opening.release();
    await binding.reached;
    aSecondLater();
    const answer = await buyers.checkout(who, yearly);
    expect(answer.statusCode).toBe(200);
    binding.release();
    expect(await tab).toMatchObject({ statusCode: 409, body: { code: 'checkout_in_progress' } });
    expect(await buyers.isTrial(answer, who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(false);
  });

  it('give the person at most one trial, whichever requests one or two accounts send at the same moment', async () => {
    const requests = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(monthly, yearly)), {
      minLength: 2,
      maxLength: 5,
    });
    const attempts = fc.asyncProperty(requests, async (requested) => {
      const who = await personWithTwoAddresses();
      const again = await buyers.user({ email: who.other });
      const answers = await Promise.all(
        requested.map(([first, body]) => buyers.checkout(first ? who : again, body)),
      );
      for (const { body } of answers) if (body['url'] !== undefined) await pay(body['url']);
      const third = await buyers.user({ email: who.other.toUpperCase() });
      await buyers.isTrial(await buyers.checkout(third), third);
      const all = await Promise.all([who, again, third].map((one) => buyers.subscriptionsIfAny(one)));
      expect(all.flat().filter(({ status }) => status === 'trialing').length).toBeLessThanOrEqual(1);
    });
    await fc.assert(attempts, { numRuns: isLongRun ? 12 : 4 });
  });
});

describe('A new account after a deletion', () => {
  it.each([
    ['dots', (name: string) => [`${name}.x@gmail.com`, `${name}x@gmail.com`]],
    ['case', (name: string) => [`${name}@example.com`, `${name.toUpperCase()}@EXAMPLE.com`]],
    ['a tag', (name: string) => [`${name}@example.com`, `${name}+trial+2@example.com`]],
    ['the older name of Gmail', (name: string) => [`${name}@googlemail.com`, `${name}@gmail.com`]],
  ])('gets no second trial by writing the address with other %s', async (_, written) => {
    const [email = '', other = ''] = written(`u${randomUUID().replaceAll('-', '')}`);
    const who = await buyers.user({ email });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(other)).toBe(false);
  });

  it('gets the trial that was never used, since its session expired with the account', async () => {
    const who = await personWithTwoAddresses();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(true);
  });

  it('gets a trial for an address with other dots where dots matter', async () => {
    const name = randomUUID().slice(0, 8);
    const who = await buyers.user({ email: `a.${name}@example.com` });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(true);
    expect(await anotherTrial(`a${name}@example.com`)).toBe(true);
  });
});

describe('A trial that the app granted', () => {
  it.each([
    ['is over', { status: 'trial_expired' }],
    ['continues', { status: 'trialing', trial_days_remaining: 3 }],
  ])('counts as the person’s trial, even if its row has no end and it %s', async (_, attributes) => {
    const who = await buyers.user();
    await stage.putEntitlement({ cognito_sub: who.sub, ...attributes });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(false);
  });

  it('still counts after a subscription replaced it in the row, and with a new account', async () => {
    const who = await personWithTwoAddresses();
    await stage.putEntitlement({ cognito_sub: who.sub, status: 'trial_expired', trial_expires_at: 1 });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(false);
    const request = { method: 'POST', path: '/me/entitlements/sync', claims: { sub: who.sub } };
    await stage.call('checkout', apiEvent('http', request));
    expect(await stage.entitlement(who.sub)).not.toHaveProperty('trial_expires_at');
    for (const { id } of await buyers.subscriptions(who)) await stage.stripe.subscriptions.cancel(id);
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(false);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(false);
  });
});
