import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pay, pricesOn } from '../../tests/support/buyers.ts';
import { type Refusals, refusalsOf, type StripeRefusal } from '../../tests/support/refusals.ts';
import { API_KEY, type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let stripe: Refusals;

beforeAll(async () => {
  stage = await createStage({ env: { CHECKOUT_PROMOTION_CODES: 'true' } });
  buyers = buyersOn(stage);
  stripe = refusalsOf(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());
afterEach(() => stripe.calm());

const openCheckout = 'POST /v1/checkout/sessions';
const linesSince = (from: number) => stage.logs.slice(from);

/** A client must not repeat the request: no Retry-After, and a status that does not ask for it. */
function expectFinal({ statusCode, headers }: ApiAnswer): void {
  expect(headers).not.toHaveProperty('Retry-After');
  expect([429, 503]).not.toContain(statusCode);
}

describe('A buyer whose data Stripe does not accept', () => {
  it.each(['user@localhost', 'ann@gmail', 'ann@exämple.com', 'ann＠example.com'])(
    'checks out and pays without the email address %s, which is not logged',
    async (address) => {
      const email = `${randomUUID()}-${address}`;
      const who = await buyers.user({ email });
      const from = stage.logs.length;
      const answer = await buyers.checkout(who);
      expect(answer.statusCode).toBe(200);
      const customer = await stage.stripe.customers.retrieve(await buyers.customerOf(who));
      expect(customer).toMatchObject({ email: null, metadata: { cognito_sub: who.sub } });
      expect(await pay(answer.body['url'])).toBe(303);
      const lines = linesSince(from);
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          metric: 'customer_data_omitted',
          omitted: ['email'],
          user_id: who.sub,
        }),
      );
      expect(JSON.stringify(lines)).not.toContain(email);
      expect(lines.filter(({ metric }) => metric === 'request_failed')).toEqual([]);
    },
  );

  it('checks out with a name that was cut in the middle of a character', async () => {
    const who = await buyers.user({ givenName: 'Ann \ud83d' });
    const answer = await buyers.checkout(who);
    expect(answer.statusCode).toBe(200);
    expect(await stage.stripe.customers.retrieve(await buyers.customerOf(who))).toMatchObject({
      email: who.email,
      name: 'Ann \ufffd',
    });
  });

  it.each<readonly [string, StripeRefusal]>([
    ['a message alone', { message: 'Invalid email address: x' }],
    ['the parameter of another object', { code: 'name_invalid', param: 'individual[name]' }],
  ])('checks out without all of it if Stripe names no field of it: %s', async (_, error) => {
    const who = await buyers.user({ givenName: 'Ann' });
    stage.calm();
    await stripe.refuse('POST /v1/customers/*', { ...error, count: 1 });
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    const omitted = stage.logs.filter((line) => line['user_id'] === who.sub && 'omitted' in line);
    expect(omitted).toMatchObject([{ omitted: ['email', 'name'] }]);
    const updates = stage.wires.stripe.names().filter((name) => name.startsWith('POST /v1/customers/'));
    expect(updates).toHaveLength(2);
  });

  it('gets a final answer if Stripe refuses the customer without it as well', async () => {
    const who = await buyers.user();
    await stripe.refuse('POST /v1/customers/*', { message: 'No.' });
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({ statusCode: 500, body: { code: 'refused' } });
    expectFinal(answer);
  });

  it('keeps the address if the customer is full of metadata of other code', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    const customer = await buyers.customerOf(who);
    const full = Object.fromEntries(Array.from({ length: 48 }, (_, n) => [`key_${n}`, 'x']));
    await stage.stripe.customers.update(customer, {
      metadata: { ...full, cognito_user_pool: '' },
      email: '',
    });
    await stage.stripe.customers.update(customer, { metadata: { key_48: 'x' } });
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect(await stage.stripe.customers.retrieve(customer)).toMatchObject({ email: who.email });
    const omitted = stage.logs.filter((line) => line['user_id'] === who.sub && 'omitted' in line);
    expect(omitted).toMatchObject([{ omitted: ['metadata'] }]);
  });
});

describe('A checkout that Stripe refuses', () => {
  it.each<readonly [string, StripeRefusal, string]>([
    [
      'a metered price',
      {
        message:
          'Quantity should not be specified where usage_type is `metered`. Remove quantity from `line_items[0]`',
      },
      'CHECKOUT_PRICES',
    ],
    [
      'an archived price',
      { param: 'line_items[0][price]', message: 'The price specified is inactive.' },
      'CHECKOUT_PRICES',
    ],
    [
      'a price of live mode',
      {
        code: 'resource_missing',
        param: 'line_items[0][price]',
        message:
          "No such price: 'price_1'; a similar object exists in live mode, but a test mode key was used to make this request.",
      },
      'CHECKOUT_PRICES',
    ],
    [
      'a trial that is too long',
      {
        param: 'subscription_data[trial_period_days]',
        message: 'The maximum number of trial period days is 730 (2 years).',
      },
      'TRIAL_DAYS',
    ],
    [
      'a success URL of the settings',
      { code: 'url_invalid', param: 'success_url', message: 'Not a valid URL' },
      'CHECKOUT_SUCCESS_URL',
    ],
    [
      'an account without a name',
      { message: 'In order to use Checkout, you must set an account or business name at https://…' },
      'account settings',
    ],
    ['an account that is not active', { status: 402, code: 'testmode_charges_only' }, 'account settings'],
    [
      'tax without an origin',
      { message: 'You must have a valid origin address to enable automatic tax calculation in test mode.' },
      'tax settings',
    ],
    ['an API version', { message: 'Invalid Stripe API version: 2026-10-28.endive' }, 'API version'],
    ['a key without a permission', { status: 403 }, 'STRIPE_API_KEY'],
    ['an expired key', { status: 401, code: 'api_key_expired' }, 'STRIPE_API_KEY'],
    ['a publishable key', { status: 401, code: 'secret_key_required' }, 'STRIPE_API_KEY'],
  ])('because of a setting names it, and raises an alarm: %s', async (_, error, setting) => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, error);
    const from = stage.logs.length;
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining(setting) },
    });
    expectFinal(answer);
    expect(linesSince(from)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        metric: 'misconfigured',
        settings: [expect.stringContaining(setting)],
        fix: expect.stringMatching(/\w/),
        cause: expect.objectContaining({ system: 'stripe', code: 'refused', requestId: expect.any(String) }),
      }),
    );
  });

  it.each<readonly [string, StripeRefusal]>([
    [
      'currency_mismatch',
      {
        message:
          'You cannot combine currencies on a single customer. This customer has an active subscription with currency eur.',
      },
    ],
    [
      'address_required',
      { code: 'customer_tax_location_invalid', param: 'automatic_tax', message: 'Automatic tax …' },
    ],
    ['subscription_limit', { code: 'customer_max_subscriptions' }],
    ['promotion_not_applicable', { code: 'coupon_expired', param: 'discounts[0][coupon]' }],
  ])('because of the user’s situation has its own code, and raises no alarm: %s', async (code, error) => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, error);
    const from = stage.logs.length;
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({ statusCode: 409, body: { code, detail: expect.stringMatching(/\w/) } });
    expectFinal(answer);
    const metrics = linesSince(from).map(({ metric }) => metric);
    expect(metrics).toContain('request_not_applicable');
    expect(metrics).not.toContain('request_failed');
    expect(metrics).not.toContain('misconfigured');
  });

  it('for a reason that no rule knows is a final 500, and the log has what Stripe says of it', async () => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, {
      code: 'a_code_of_tomorrow',
      param: 'origin_context',
      message: `Something about ${who.email}.`,
    });
    const from = stage.logs.length;
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({ statusCode: 500, body: { code: 'refused' } });
    expectFinal(answer);
    const lines = linesSince(from);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        metric: 'request_refused',
        cause: expect.objectContaining({
          type: 'invalid_request_error',
          reason: 'a_code_of_tomorrow',
          param: 'origin_context',
          requestId: expect.stringMatching(/^req_/),
        }),
      }),
    );
    expect(JSON.stringify(lines)).not.toContain(who.email);
  });

  it.each<readonly [string, StripeRefusal]>([
    ['a lock', { status: 429, code: 'lock_timeout' }],
    ['a rate limit with the status 400', { status: 400, code: 'rate_limit' }],
  ])('only for now is answered 503 with Retry-After: %s', async (_, error) => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, error);
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '5' },
      body: { code: 'unavailable' },
    });
  });

  it('because of the client’s own URL says so to the client', async () => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, {
      param: 'cancel_url',
      message: 'Livemode requests must always be redirected via HTTPS.',
    });
    const own = { price: 'pro_monthly', cancel_url: 'http://localhost:5173/' };
    expect(await buyers.checkout(who, own)).toMatchObject({
      statusCode: 400,
      body: { code: 'return_url_not_allowed' },
    });
    expect(await buyers.checkout(who)).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('CHECKOUT_CANCEL_URL') },
    });
  });

  it('because the customer was deleted in the meantime is a 409, and the next request opens one for a new customer', async () => {
    const who = await buyers.user();
    await stripe.refuse(openCheckout, {
      code: 'resource_missing',
      param: 'customer',
      message: "No such customer: 'cus_1'",
    });
    expect(await buyers.checkout(who)).toMatchObject({
      statusCode: 409,
      headers: { 'Retry-After': '1' },
      body: { code: 'checkout_in_progress' },
    });
    await stripe.calm();
    await stage.stripe.customers.del(await buyers.customerOf(who));
    expect((await buyers.checkout(who)).statusCode).toBe(200);
  });
});

describe('A key of test mode', () => {
  it('never replaces a customer that exists in live mode', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    await stage.putProfile({ ...(await stage.profile(who.sub)), stripeCustomerId: 'cus_live' });
    await stripe.account({ live_mode_ids: ['cus_live'] });
    expect(await buyers.checkout(who)).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('STRIPE_API_KEY') },
    });
    expect(await stage.profile(who.sub)).toMatchObject({ stripeCustomerId: 'cus_live' });
  });

  it('that has expired names the setting to every client', async () => {
    const who = await buyers.user();
    await stripe.account({ expired_keys: [API_KEY] });
    const answer = await buyers.checkout(who);
    expect(answer).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('STRIPE_API_KEY: The key has expired') },
    });
    expectFinal(answer);
  });
});
