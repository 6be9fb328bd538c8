/** One trial a person, in the ways that people and races find around it. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let prices: Awaited<ReturnType<typeof pricesOn>>;
/** Stripe's clock goes before ours, and by whole seconds: of two sessions it is certain which is newer. */
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

/** Another account of the same person, and whether it begins with a trial. */
async function anotherTrial(email: string): Promise<boolean> {
  const again = await buyers.user({ email });
  return buyers.isTrial(await buyers.checkout(again), again);
}

async function addressed(): Promise<User & { readonly other: string }> {
  const name = randomUUID();
  return { ...(await buyers.user({ email: `${name}@example.com` })), other: `${name}+2@example.com` };
}

describe('across two sessions opened at once', () => {
  it('the trial that was taken by the later one is remembered, though the claim knew the earlier', async () => {
    const who = await addressed();
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

  it('a session whose opener died unheard is remembered when it is given out after all', async () => {
    const who = await addressed();
    const hold = stage.wires.stripe.holdNext(OPEN);
    // It is opened, and no answer ever arrives.
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

  it('who comes late to the claim does not take it from the session that was given out', async () => {
    const who = await addressed();
    const opening = stage.wires.stripe.holdNext(OPEN);
    const tab = buyers.checkout(who, monthly);
    await opening.reached;
    const naming = stage.wires.dynamodb.holdNext('PutItem');
    opening.release();
    await naming.reached;
    aSecondLater();
    const answer = await buyers.checkout(who, yearly);
    expect(answer.statusCode).toBe(200);
    naming.release();
    expect(await tab).toMatchObject({ statusCode: 409, body: { code: 'checkout_in_progress' } });
    expect(await buyers.isTrial(answer, who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(false);
  });

  it('whatever is asked for at the same moment, by one account or by two, the person has one trial', async () => {
    const asks = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(monthly, yearly)), {
      minLength: 2,
      maxLength: 5,
    });
    const attempts = fc.asyncProperty(asks, async (asked) => {
      const who = await addressed();
      const again = await buyers.user({ email: who.other });
      const answers = await Promise.all(
        asked.map(([first, wish]) => buyers.checkout(first ? who : again, wish)),
      );
      for (const { body } of answers) if (body['url'] !== undefined) await pay(body['url']);
      const third = await buyers.user({ email: who.other.toUpperCase() });
      await buyers.isTrial(await buyers.checkout(third), third);
      const all = await Promise.all([who, again, third].map((one) => buyers.subscriptionsIfAny(one)));
      expect(all.flat().filter(({ status }) => status === 'trialing').length).toBeLessThanOrEqual(1);
    });
    await fc.assert(attempts, { numRuns: 8 });
  });
});

describe('an account deleted and made anew', () => {
  it.each([
    ['dots', (name: string) => [`${name}.x@gmail.com`, `${name}x@gmail.com`]],
    ['case', (name: string) => [`${name}@example.com`, `${name.toUpperCase()}@EXAMPLE.com`]],
    ['a tag', (name: string) => [`${name}@example.com`, `${name}+trial+2@example.com`]],
    ['the older name of Gmail', (name: string) => [`${name}@googlemail.com`, `${name}@gmail.com`]],
  ])('has no second trial by writing the address with other %s', async (_, written) => {
    const [email = '', other = ''] = written(`u${randomUUID().replaceAll('-', '')}`);
    const who = await buyers.user({ email });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(true);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(other)).toBe(false);
  });

  it('has the trial that was never taken: its session expired with the account', async () => {
    const who = await addressed();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await anotherTrial(who.other)).toBe(true);
  });

  it('other dots are another person where dots count', async () => {
    const name = randomUUID().slice(0, 8);
    const who = await buyers.user({ email: `a.${name}@example.com` });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(true);
    expect(await anotherTrial(`a${name}@example.com`)).toBe(true);
  });
});

describe('a trial that the app itself gave', () => {
  it.each([
    ['is over', { status: 'trial_expired' }],
    ['goes on', { status: 'trialing', trial_days_remaining: 3 }],
  ])('was one, though its row never told when it ends: it %s', async (_, attributes) => {
    const who = await buyers.user();
    await stage.putEntitlement({ cognito_sub: who.sub, ...attributes });
    expect(await buyers.isTrial(await buyers.checkout(who), who)).toBe(false);
  });

  it('is remembered when its row tells of a subscription, and when the account is made anew', async () => {
    const who = await addressed();
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
