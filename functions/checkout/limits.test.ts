/** One user cannot cause more than a stated number of calls to Stripe, however often and from however many tabs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestLimits } from '../../core/limits/request-limits.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pricesOn, type User } from '../../tests/support/buyers.ts';
import { type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;

beforeAll(async () => {
  stage = await createStage({ concurrency: 4 });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

function openPortal({ sub }: Pick<User, 'sub'>, body: object = {}): Promise<ApiAnswer> {
  const request = { method: 'POST', path: '/me/billing-portal-session', claims: { sub } };
  return stage.call('billing-portal', apiEvent('http', { ...request, body: JSON.stringify(body) }));
}

/** A minute may end while requests run, and its limit begins again. */
async function inWindows<T>(
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly windows: number }> {
  const minute = () => Math.floor(Date.now() / 60_000);
  const began = minute();
  const result = await run();
  return { result, windows: minute() - began + 1 };
}

const bodies = [{ price: 'pro_monthly' }, { price: 'pro_yearly' }];
const allowed = (answers: readonly ApiAnswer[]) =>
  answers.filter(({ statusCode }) => statusCode !== 429).length;

function expectRefusals(answers: readonly ApiAnswer[]): void {
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  expect(refused.length).toBeGreaterThan(0);
  for (const { body, headers } of refused) {
    expect(body).toMatchObject({ code: 'too_many_requests', status: 429 });
    expect(Number(headers['Retry-After'])).toBeGreaterThan(0);
    expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(60);
  }
}

/** The most calls that a minute of checkouts and portal visits of a user with one customer causes. */
const MOST_CALLS = 400;

describe('Sixty requests of one user', () => {
  it('to the checkout and the portal, one after the other, cause a limited number of calls to Stripe', async () => {
    const who = await buyers.user();
    const { result, windows } = await inWindows(async () => {
      const answers: ApiAnswer[] = [];
      for (let request = 0; request < 30; request += 1) {
        answers.push(await buyers.checkout(who, bodies[request % 2]));
        answers.push(await openPortal(who));
      }
      return answers;
    });
    expect(stage.wires.stripe.calls.length).toBeLessThanOrEqual(MOST_CALLS * windows);
    if (windows === 1) expectRefusals(result);
    expect(allowed(result)).toBeLessThanOrEqual(
      (requestLimits.checkout.atMost + requestLimits.portal.atMost) * windows,
    );
    expect(result.slice(0, 20).map(({ statusCode }) => statusCode)).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
  });

  it('at once cause no more, and no more than the limit reaches Stripe', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    stage.calm();
    const { result, windows } = await inWindows(() =>
      Promise.all(
        Array.from({ length: 60 }, (_, request) =>
          request % 2 === 0 ? buyers.checkout(who, bodies[(request / 2) % 2]) : openPortal(who),
        ),
      ),
    );
    expect(stage.wires.stripe.calls.length).toBeLessThanOrEqual(MOST_CALLS * windows);
    if (windows === 1) expectRefusals(result);
    expect(allowed(result)).toBeLessThanOrEqual(
      (requestLimits.checkout.atMost + requestLimits.portal.atMost) * windows,
    );
  });
});

describe('What costs nothing', () => {
  it('is not counted: requests that are refused before Stripe is asked', async () => {
    const who = await buyers.user();
    for (let request = 0; request < 25; request += 1) {
      expect((await buyers.checkout(who, { price: 'unknown' })).statusCode).toBe(400);
      expect((await openPortal(who, { flow: 'unknown' })).statusCode).toBe(400);
      expect((await openPortal(who)).body['code']).toBe('no_customer');
    }
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect((await openPortal(who)).statusCode).toBe(200);
  });

  it('writes nothing for a user that Cognito does not know', async () => {
    const before = await stage.itemCount();
    const stranger = { sub: randomUUID(), username: 'no-one', email: '' };
    expect((await buyers.checkout(stranger)).statusCode).toBe(410);
    expect((await openPortal(stranger)).statusCode).toBe(409);
    expect(await stage.itemCount()).toBe(before);
  });
});

describe('A count', () => {
  it('is no row: it stays after the row was lost, and creates none', async () => {
    const who = await buyers.user();
    const customer = await stage.stripe.customers.create({ metadata: { cognito_sub: who.sub } });
    await stage.putProfile({ userId: who.sub, stripeCustomerId: customer.id });
    const answers = [];
    for (let request = 0; request < 25; request += 1) answers.push(await openPortal(who));
    expect(await stage.entitlement(who.sub)).toBeUndefined();
    expect(await stage.entitlement(`limit#${who.sub}`)).toMatchObject({ portal_count: expect.any(Number) });
    expect(allowed(answers)).toBeLessThan(25);
    const read = await stage.call('entitlements-api', apiEvent('http', { claims: { sub: who.sub } }));
    expect(read.body).toMatchObject({ status: 'none', access_granted: false });
  });

  it('is removed with the account', async () => {
    const who = await buyers.user();
    await buyers.checkout(who);
    expect(await stage.entitlement(`limit#${who.sub}`)).toMatchObject({ checkout_count: 1 });
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await stage.entitlement(`limit#${who.sub}`)).toBeUndefined();
  });
});
