/** Tests of the Checkout form and of 3-D Secure, over HTTP. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMonthlyPrice, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
  rig.clock.seconds = testStart;
});
afterAll(() => rig.close());

const SUCCESS = 'https://shop.example/done';
const VISA = '4242424242424242';
const ALWAYS = '4000000000003220';
const ONCE = '4000002500003155';

async function open(
  params: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Promise<Stripe.Checkout.Session> {
  const price = await createMonthlyPrice(stripe);
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: SUCCESS,
    ...params,
  });
}

async function openPayment(): Promise<Stripe.Checkout.Session> {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Mug' },
  });
  return open({ mode: 'payment', line_items: [{ price: price.id, quantity: 1 }] });
}

function post(
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = path.startsWith('/') ? `${rig.simulator.url}${path}` : path;
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
}

const email = 'ann@example.com';
const targetOf = (answer: Response) => answer.headers.get('location') ?? '';
const pay = (session: Stripe.Checkout.Session, form: Readonly<Record<string, string>>) =>
  post(String(session.url), { email, ...form });
const read = async (path: string) => (await fetch(`${rig.simulator.url}${path}`)).text();

/** Submits the card, and returns the address of the bank's page. */
async function challengeOf(session: Stripe.Checkout.Session, card: string): Promise<string> {
  const answer = await pay(session, { card });
  expect(answer.status).toBe(303);
  expect(targetOf(answer)).toMatch(/^\/authenticate\//);
  return targetOf(answer);
}

describe('The form', () => {
  test.each([
    ['an empty number', { card: '' }, 'card', 'Enter a card number.'],
    ['an incomplete number', { card: '4242 4242' }, 'card', 'Your card number is incomplete.'],
    ['a wrong number', { card: '4242424242424241' }, 'card', 'Your card number is invalid.'],
    ['a card of the real world', { card: '4111111111111111' }, 'card', 'accepts only test cards'],
    ['a past date', { card: VISA, expiry: '12 / 26' }, 'expiry', 'expiration date is in the past'],
    ['no date', { card: VISA, expiry: '13/34' }, 'expiry', 'Enter the expiration date'],
    ['a short code', { card: VISA, cvc: '12' }, 'cvc', 'security code has 3 digits'],
    ['a short code of Amex', { card: '378282246310005', cvc: '123' }, 'cvc', 'security code has 4 digits'],
    ['an expired card', { card: '4000000000000069' }, 'expiry', 'Your card has expired.'],
    ['a wrong code', { card: '4000000000000127' }, 'cvc', 'security code is incorrect'],
    ['no email address', { card: VISA, email: 'ann' }, 'email', 'Enter your email address.'],
  ])('says of %s what is wrong at the field, and keeps the input', async (_name, form, field, problem) => {
    const session = await open();

    const answer = await pay(session, { name: 'Ann <A>', ...form });
    const text = await answer.text();

    expect(answer.status).toBe(402);
    expect(text).toMatch(
      new RegExp(
        `<p class="error" id="${field}-error" role="alert">[^<]*${problem.replaceAll('.', String.raw`\.`)}`,
      ),
    );
    expect(text).toMatch(
      new RegExp(`name="${field}"[^>]*aria-invalid="true" aria-describedby="${field}-error" autofocus`),
    );
    expect(text).toContain('value="Ann &lt;A&gt;"');
    expect((await stripe.subscriptions.list()).data).toEqual([]);
  });

  test('fills in a test card without a script, and keeps the input', async () => {
    const session = await open();

    const answer = await pay(session, { card: '1', name: 'Ann', fill: '378282246310005' });
    const text = await answer.text();

    expect(answer.status).toBe(200);
    expect(text).toMatch(/value="3782 8224 6310 005"[^]*value="1234"[^]*value="Ann"/);
    expect(text).toContain(`value="${email}"`);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test('stores the expiration date and the name of the card', async () => {
    await pay(await open(), { card: VISA, expiry: '03/2031', cvc: '123', name: 'Ann' });

    const [subscription] = (await stripe.subscriptions.list({ expand: ['data.default_payment_method'] }))
      .data;
    expect(subscription?.default_payment_method).toMatchObject({
      billing_details: { email, name: 'Ann' },
      card: { brand: 'visa', last4: '4242', exp_month: 3, exp_year: 2031 },
      customer: subscription?.customer,
    });
  });

  test('pays once after a double click, and both requests lead to the shop', async () => {
    const session = await open();

    const answers = await Promise.all([pay(session, { card: VISA }), pay(session, { card: VISA })]);

    expect(answers.map(targetOf)).toEqual([SUCCESS, SUCCESS]);
    expect((await stripe.subscriptions.list()).data).toHaveLength(1);
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  test('is refused from another site, and accepted from its own', async () => {
    const session = await open();
    const foreign = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign)
      expect((await post(String(session.url), { card: VISA, email }, headers)).status).toBe(403);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');

    const own = { Origin: rig.simulator.url, 'Sec-Fetch-Site': 'same-origin' };
    expect((await post(String(session.url), { card: VISA, email }, own)).status).toBe(303);
  });

  test('answers a browser without an error status, which the browser would log', async () => {
    const headers = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'same-origin' };

    const answer = await post(String((await open()).url), { card: '1', email }, headers);

    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<title>Error: Subscribe to Pro</title>');
  });

  test('is rejected with a reason if its fields are no text', async () => {
    for (const form of [{ 'card[number]': VISA }, { 'email[]': email }]) {
      const answer = await post(String((await open()).url), form);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('Invalid string');
    }
  });

  test('is declined when the next payment is to decline', async () => {
    const session = await open();
    rig.simulator.declineNextPayments(1);

    expect((await pay(session, { card: VISA })).status).toBe(402);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    expect(rig.simulator.declinesLeft()).toBe(0);

    expect(targetOf(await pay(session, { card: VISA }))).toBe(SUCCESS);
  });
});

test('The pages load only their own stylesheet and script, and no site can embed them', async () => {
  const answer = await fetch(String((await open()).url));
  const text = await answer.text();
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');

  const assets = [...text.matchAll(/(?:src|href)="(?<path>\/assets\/[^"]+)"/g)].map(
    (match) => match.groups?.['path'] ?? '',
  );
  expect(assets).toHaveLength(2);
  for (const path of assets) {
    const asset = await fetch(`${rig.simulator.url}${path}`);
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toContain('immutable');
  }
  expect((await fetch(`${rig.simulator.url}/assets/none/pages.css`)).status).toBe(404);
});

describe('3-D Secure', () => {
  test('charges nothing and creates nothing before the customer answers', async () => {
    const session = await open();

    const challenge = await challengeOf(session, ALWAYS);

    expect(await read(challenge)).toMatch(
      /Pay \$15\.00[^]*Visa •••• 3220[^]*Complete authentication[^]*Fail authentication/,
    );
    expect((await stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
    expect((await stripe.charges.list()).data).toEqual([]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test('completes the session when the customer authenticates, once', async () => {
    const session = await open();
    const challenge = await challengeOf(session, ALWAYS);

    const answers = await Promise.all([1, 2].map(() => post(challenge, { outcome: 'complete' })));

    expect(answers.map(targetOf)).toEqual([SUCCESS, SUCCESS]);
    expect((await stripe.subscriptions.list()).data).toMatchObject([{ status: 'active' }]);
    expect((await stripe.charges.list()).data).toHaveLength(1);
    const back = await fetch(`${rig.simulator.url}${challenge}`);
    expect(await back.text()).toContain('This Checkout session is complete');
  });

  test('returns to the form when the customer fails, and another card pays', async () => {
    const session = await open();
    const challenge = await challengeOf(session, ALWAYS);

    const back = targetOf(await post(challenge, { outcome: 'fail' }));
    const text = await read(back);

    expect(back).toMatch(/^\/c\/pay\/cs_test_\w+\?attempt=/);
    expect(text).toMatch(/id="card-error" role="alert">The authentication failed/);
    expect(text).toContain('value="4000 0000 0000 3220"');
    expect(text).toContain(`value="${email}"`);
    expect((await stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
    expect((await stripe.charges.list()).data).toEqual([]);
    const failed = (await rig.events()).find(({ type }) => type === 'payment_intent.payment_failed');
    expect(failed?.data.object).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure', type: 'invalid_request_error' },
    });
    expect(targetOf(await pay(session, { card: VISA }))).toBe(SUCCESS);
  });

  test('uses one payment intent for all attempts of a payment', async () => {
    const session = await openPayment();
    const failing = await challengeOf(session, ALWAYS);
    const [waiting] = (await stripe.paymentIntents.list()).data;
    expect(waiting).toMatchObject({ amount: 500, status: 'requires_action' });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBe(waiting?.id);

    await post(failing, { outcome: 'fail' });
    expect((await pay(session, { card: '4000000000000002' })).status).toBe(402);
    await post(await challengeOf(session, ALWAYS), { outcome: 'complete' });

    expect((await stripe.paymentIntents.list()).data).toMatchObject([
      { id: waiting?.id, status: 'succeeded', amount_received: 500, last_payment_error: null },
    ]);
    expect(await rig.types()).toEqual(
      expect.arrayContaining(['payment_intent.requires_action', 'payment_intent.succeeded']),
    );
  });

  test('can be followed by a decline', async () => {
    const session = await open();

    const back = targetOf(
      await post(await challengeOf(session, '4000008260003178'), { outcome: 'complete' }),
    );

    expect(await read(back)).toMatch(/id="card-error" role="alert">Your card has insufficient funds/);
    expect((await stripe.charges.list()).data).toMatchObject([{ status: 'failed' }]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test('asks only for the last attempt, and an unknown answer does nothing', async () => {
    const session = await open();
    const first = await challengeOf(session, ALWAYS);
    const second = await challengeOf(session, ALWAYS);

    expect((await post(first, { outcome: 'complete' })).status).toBe(404);
    expect((await post(second, { outcome: 'perhaps' })).status).toBe(400);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test('pays nothing for a session that has expired in the meantime', async () => {
    const session = await open();
    const challenge = await challengeOf(session, ALWAYS);
    await stripe.checkout.sessions.expire(session.id);

    const answer = await post(challenge, { outcome: 'complete' });

    expect(await answer.text()).toContain('This Checkout session has expired');
    expect((await stripe.charges.list()).data).toEqual([]);
  });

  test('is remembered for renewals by the card that asks once, and not by the one that always asks', async () => {
    for (const card of [ONCE, ALWAYS]) {
      const session = await open();
      await post(await challengeOf(session, card), { outcome: 'complete' });
    }
    rig.simulator.advance(31 * 24 * 3600 + 2 * 3600);

    const statuses = (await stripe.subscriptions.list()).data.map(({ status }) => status);
    expect(statuses).toEqual(['past_due', 'active']);
  });

  test('sets a card up before a trial, and the first payment after the trial succeeds', async () => {
    const session = await open({ subscription_data: { trial_period_days: 7 } });
    const challenge = await challengeOf(session, ONCE);
    expect(await read(challenge)).toContain('Save this card');

    await post(challenge, { outcome: 'complete' });
    rig.simulator.advance(8 * 24 * 3600);

    expect(await rig.types()).toContain('setup_intent.succeeded');
    expect((await stripe.subscriptions.list()).data).toMatchObject([{ status: 'active' }]);
  });

  test('saves a card in `setup` mode, and reports a failed authentication', async () => {
    const customer = (await stripe.customers.create({ email })).id;
    const params = { mode: 'setup', currency: 'usd', success_url: SUCCESS, customer } as const;
    const session = await stripe.checkout.sessions.create(params);

    await post(await challengeOf(session, ALWAYS), { outcome: 'fail' });
    const failed = (await rig.events()).find(({ type }) => type === 'setup_intent.setup_failed');
    expect(failed?.data.object).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    });
    expect((await stripe.paymentMethods.list({ customer })).data).toEqual([]);

    const answer = await post(await challengeOf(session, ALWAYS), { outcome: 'complete' });
    expect(targetOf(answer)).toBe(SUCCESS);
    expect((await stripe.paymentMethods.list({ customer })).data).toMatchObject([
      { card: { last4: '3220' } },
    ]);
  });
});

test('A single payment saves the card only with `setup_future_usage`', async () => {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Mug' },
  });
  const customer = (await stripe.customers.create({ email })).id;
  const session = (usage: Stripe.Checkout.SessionCreateParams.PaymentIntentData) =>
    open({
      mode: 'payment',
      customer,
      line_items: [{ price: price.id, quantity: 1 }],
      payment_intent_data: usage,
    });

  await pay(await session({}), { card: VISA });
  expect((await stripe.paymentMethods.list({ customer })).data).toEqual([]);

  await pay(await session({ setup_future_usage: 'off_session' }), { card: VISA });
  expect((await stripe.paymentMethods.list({ customer })).data).toHaveLength(1);
  const usages = (await stripe.paymentIntents.list()).data.map((row) => row.setup_future_usage);
  expect(usages).toEqual(['off_session', null]);
});
