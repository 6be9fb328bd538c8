/** Rows of other writers with values in forms that no one reads, on the built functions. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { apiEvent } from '../support/api-events.ts';
import { payingCustomer } from '../support/payers.ts';
import { createStage, type Item, type Stage } from '../support/stage.ts';
import { DAY } from '../support/subscriptions.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const terms = { currency: 'usd', unit_amount: 990, recurring: { interval: 'month' } } as const;
  price = (await stage.stripe.prices.create({ product: product.id, ...terms })).id;
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

/** A user who pays in Stripe, and whose row another writer wrote before any event of Stripe arrived. */
async function payerWith(written: Item) {
  const sub = randomUUID();
  const { customerId, subscriptionId } = await payingCustomer(stage, {
    price,
    metadata: { cognito_sub: sub },
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, ...written });
  const event = stripeEvent('customer.subscription.updated', { id: subscriptionId, customer: customerId });
  return { sub, sync: async () => (await stage.call('stripe-webhook', delivered(event))).statusCode };
}

const answerTo = async (sub: string) =>
  (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;

describe('A sync of a row', () => {
  it.each([
    ['a list', [1_800_000_000]],
    ['an empty list', []],
    ['a map', { seconds: 1_800_000_000 }],
    ['a map with a number that no double holds', { nanos: 1.5 }],
    ['a set of texts', new Set(['2027-01-15'])],
    ['a set of numbers', new Set([1_800_000_000])],
    ['bytes', new Uint8Array([1, 2])],
    ['a boolean', true],
    ['a number with a fraction', 1_800_000_000.25],
  ])('succeeds if another writer stored %s in one of the shared attributes', async (_, value) => {
    for (const name of ['current_period_end', 'trial_expires_at', 'plan', 'status', 'version', 'updatedAt']) {
      const { sub, sync } = await payerWith({ status: 'active', plan: 'monthly_pro', [name]: value });
      expect([name, await sync()]).toEqual([name, 200]);
      expect([name, (await answerTo(sub))['access_granted']]).toEqual([name, true]);
    }
  });
});

/** A user with a customer who never had a subscription, and whose row another writer wrote. */
async function visitorWith(written: Item) {
  const sub = randomUUID();
  const { id: customer } = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: customer });
  await stage.putEntitlement({ cognito_sub: sub, ...written });
  const sync = async () => {
    const event = stripeEvent('customer.subscription.updated', { id: 'sub_any', customer });
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
  };
  return { sub, sync };
}

/** Returns whether the user is let in, and what reconcile reports about the row: what it did not report `before`. */
async function judged(sub: string, before: Readonly<Record<string, number>>) {
  const now = await reasons();
  const added = Object.keys(now).filter((reason) => now[reason] !== before[reason]);
  return [(await answerTo(sub))['access_granted'], ...added];
}

async function reasons(): Promise<Readonly<Record<string, number>>> {
  const { report } = (await stage.invoke('reconcile', { checks: ['rows'], dryRun: true })) as RunResult;
  return report.reasons;
}

const inDays = (days: number) => Math.floor(Date.now() / 1000) + days * DAY;
const dateOf = (seconds: number) =>
  Number(new Date(seconds * 1000).toISOString().slice(0, 10).replaceAll('-', ''));

describe('A row of another writer', () => {
  const reported = 'foreign_row';

  it.each([
    ['a blank end', { status: 'active', current_period_end: '' }, true],
    ['an end of spaces', { status: 'active', plan: 'vip', current_period_end: '  ' }, true],
    ['a blank end of a trial', { status: 'trialing', plan: 'vip', trial_expires_at: '' }, false],
    ['an end in capitals of no date', { status: 'active', current_period_end: 'NEVER' }, false],
    ['an end 0', { status: 'active', current_period_end: 0 }, false],
    ['an end 0 as text', { status: 'active', current_period_end: '0' }, false],
    ['a number of days as its end', { status: 'active', current_period_end: 30 }, false],
    ['a negative end', { status: 'active', current_period_end: -1 }, false],
    ['a list as its end', { status: 'active', current_period_end: [inDays(9)] }, false],
    ['a map as its end', { status: 'active', current_period_end: { N: '1' } }, false],
    ['a flag as its end', { status: 'active', current_period_end: true }, false],
    ['the status in capitals', { status: 'ACTIVE' }, false],
    ['the status with a capital', { status: 'Active', current_period_end: inDays(9) }, false],
    ['the status with spaces', { status: ' active ', current_period_end: inDays(9) }, false],
    ['a status of its own', { status: 'premium', plan: 'vip' }, false],
    ['a trial under another name', { status: 'in_trial', trial_expires_at: inDays(9) }, false],
    ['a flag as the status', { status: true }, false],
    ['a number as the status', { status: 1, plan: 'vip' }, false],
    ['a list as the status', { status: ['active'] }, false],
  ])('with %s is reported, before and after a sync, and by every run', async (_, written, granted) => {
    const before = await reasons();
    const { sub, sync } = await visitorWith(written);
    expect(await judged(sub, before)).toEqual([granted, reported]);
    await sync();
    expect(await judged(sub, before)).toEqual([granted, reported]);
    await sync();
    expect(await judged(sub, before)).toEqual([granted, reported]);
    await stage.putEntitlement({
      ...(await stage.entitlement(sub)),
      status: 'active',
      current_period_end: inDays(9),
    });
    await sync();
    expect(await judged(sub, before)).toEqual([true]);
  });

  it.each([
    ['inactive', { status: 'inactive', current_period_end: '' }],
    ['canceled with a spelling of its own', { status: 'cancelled', current_period_end: 0 }], // lint-words: allow (as others spell it)
    ['expired', { status: 'expired', plan: 'monthly_pro' }],
    ['on a trial that is over', { status: 'trial_expired', trial_expires_at: inDays(-9) }],
    ['unpaid, as Stripe calls it', { status: 'unpaid' }],
    ['canceled with an end that is no time', { status: 'canceled', current_period_end: 'soon' }],
  ])('that is %s gives nothing, and needs no one', async (_, written) => {
    const before = await reasons();
    const { sub, sync } = await visitorWith(written);
    expect(await judged(sub, before)).toEqual([false]);
    await sync();
    expect(await judged(sub, before)).toEqual([false]);
  });

  it.each([
    ['a day as a number', { current_period_end: dateOf(inDays(9)) }],
    ['a blank end of a trial next to a good end', { current_period_end: inDays(9), trial_expires_at: '' }],
  ])('with %s gives access until then', async (_, written) => {
    const before = await reasons();
    const { sub, sync } = await visitorWith({ status: 'active', plan: 'vip', ...written });
    await sync();
    expect(await judged(sub, before)).toEqual([true]);
    expect(Math.abs(Number((await answerTo(sub))['current_period_end']) - inDays(9))).toBeLessThan(2 * DAY);
  });

  it.each([
    ['active', { status: 'active', current_period_end: 'soon' }],
    ['active on a plan', { status: 'active', plan: 'vip', current_period_end: 'soon' }],
    ['on a trial', { status: 'trialing', plan: 'vip', trial_expires_at: 'soon' }],
  ])('that is %s until no one knows when gets no end of what Stripe gave before', async (_, written) => {
    const before = await reasons();
    const { sub, sync } = await payerWith(written);
    expect(await sync()).toBe(200);
    expect(await judged(sub, before)).toEqual([true, reported]);
    const [subscription] = (await stage.stripe.subscriptions.list({ limit: 1 })).data;
    await stage.stripe.subscriptions.cancel(subscription?.id ?? '');
    for (let times = 0; times < 3; times += 1) {
      expect(await sync()).toBe(200);
      expect((await answerTo(sub))['access_granted']).toBe(false);
    }
    expect(await judged(sub, before)).toEqual([false, reported]);
  });
});
