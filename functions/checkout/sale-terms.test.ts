/** What the settings say about every sale, as Stripe receives it, and what the answer says about the costs. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pay, type User } from '../../tests/support/buyers.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

const DAY_SECONDS = 86_400;
let stage: Stage;
const stages: Stage[] = [];

beforeAll(async () => {
  stage = await createStage();
  const product = (await stage.stripe.products.create({ name: 'Pro' })).id;
  const create = (lookup_key: string, fields: Partial<Stripe.PriceCreateParams> = {}) =>
    stage.stripe.prices.create({
      product,
      currency: 'eur',
      unit_amount: 1_000,
      recurring: { interval: 'month' },
      tax_behavior: 'exclusive',
      lookup_key,
      ...fields,
    });
  await create('pro_monthly');
  await create('week_free', { metadata: { predixa_trial_days: '7' } });
  await create('none_free', { metadata: { predixa_trial_days: '0' } });
});
afterAll(async () => {
  for (const one of [...stages, stage]) await one.close();
});
beforeEach(() => stage.calm());

async function shopWith(settings: Readonly<Record<string, string>>) {
  const env = {
    CHECKOUT_PRICES: 'pro_monthly,week_free,none_free',
    STRIPE_API_BASE: stage.wires.stripe.url,
    TRIAL_DAYS: '0',
    ...settings,
  };
  const shop = await createStage({ env });
  stages.push(shop);
  const buyers = buyersOn(shop);
  // Stripe's objects are on the first stage.
  const customerOf = async ({ sub }: User) => String((await shop.profile(sub))?.['stripeCustomerId']);
  const sessionOf = (body: Readonly<Record<string, unknown>>) =>
    stage.stripe.checkout.sessions.retrieve(String(body['id']));
  return { shop, buyers, customerOf, sessionOf };
}

const withHash = { TRIAL_HASH_KEY: 'a key of the tests' };
const berlin = { line1: '1 Main St', city: 'Berlin', postal_code: '10115', country: 'DE' };

describe('A checkout with taxes', () => {
  it('asks for an address only where the customer has none, and never overwrites one', async () => {
    const { buyers, customerOf, sessionOf } = await shopWith({ CHECKOUT_AUTOMATIC_TAX: 'true' });
    const who = await buyers.user();
    const first = (await buyers.checkout(who)).body;
    expect(first).toMatchObject({ due_today: { amount: 1_000, currency: 'eur', tax: null } });
    const customer = await customerOf(who);
    await stage.stripe.customers.update(customer, { address: berlin });
    const second = (await buyers.checkout(who)).body;
    expect(second['id']).not.toBe(first['id']);
    expect(second).toMatchObject({
      due_today: { amount: 1_190, currency: 'eur', tax: 190 },
      due_next: { amount: 1_000, interval: { interval: 'month', interval_count: 1 } },
    });
    const body = new URLSearchParams({ card: '4242424242424242', country: 'FR', line1: 'Elsewhere' });
    await fetch(String(second['url']), { method: 'POST', body, redirect: 'manual' });
    expect(await stage.stripe.customers.retrieve(customer)).toMatchObject({ address: berlin });
    expect(await sessionOf(second)).toMatchObject({ status: 'complete', amount_total: 1_190 });
  });

  it('asks a business for its tax id, unless the customer has set a name or a tax id', async () => {
    const { buyers, customerOf, sessionOf } = await shopWith({ CHECKOUT_TAX_IDS: 'true' });
    const who = await buyers.user({ givenName: 'Ann' });
    const first = await sessionOf((await buyers.checkout(who)).body);
    expect(first.tax_id_collection).toMatchObject({ enabled: true });
    await stage.stripe.customers.update(await customerOf(who), { name: 'Ann Ltd' });
    const second = await sessionOf((await buyers.checkout(who)).body);
    expect(second.id).not.toBe(first.id);
    expect(second.tax_id_collection).toMatchObject({ enabled: false });
  });

  it('takes one call more, and none without these settings', async () => {
    const callsOf = async (settings: Readonly<Record<string, string>>) => {
      const { buyers } = await shopWith(settings);
      const who = await buyers.user();
      await buyers.checkout(who);
      stage.calm();
      await buyers.checkout(who, { price: 'none_free' });
      return stage.wires.stripe.names().length;
    };
    const plain = await callsOf({});
    expect(await callsOf({ CHECKOUT_AUTOMATIC_TAX: 'true' })).toBe(plain + 1);
    expect(await callsOf({ CHECKOUT_TERMS_OF_SERVICE: 'true', CHECKOUT_BILLING_ADDRESS: 'required' })).toBe(
      plain,
    );
  });
});

describe('A checkout with settings for its page', () => {
  it('sends each of them to Stripe', async () => {
    const { id: coupon } = await stage.stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const { buyers, sessionOf } = await shopWith({
      CHECKOUT_BILLING_ADDRESS: 'required',
      CHECKOUT_TERMS_OF_SERVICE: 'true',
      CHECKOUT_DISCOUNT: coupon,
      CHECKOUT_PAYMENT_METHODS: 'card,sepa_debit',
    });
    const { body } = await buyers.checkout(await buyers.user(), { price: 'pro_monthly', locale: 'de' });
    expect(body).toMatchObject({ due_today: { amount: 500 }, due_next: { amount: 1_000 } });
    expect(await sessionOf(body)).toMatchObject({
      locale: 'de',
      billing_address_collection: 'required',
      consent_collection: { terms_of_service: 'required' },
      discounts: [{ coupon }],
      payment_method_types: ['card', 'sepa_debit'],
    });
  });

  it.each(['embedded_page', 'elements'])('is shown within the app as %s', async (ui_mode) => {
    const { buyers, sessionOf } = await shopWith({});
    const { body } = await buyers.checkout(await buyers.user(), { price: 'pro_monthly', ui_mode });
    expect(body).toMatchObject({ url: null, client_secret: expect.stringContaining('_secret_') });
    const { client_secret, ui_mode: shown, return_url } = await sessionOf(body);
    expect({ client_secret, shown }).toEqual({ client_secret: body['client_secret'], shown: ui_mode });
    expect(return_url).toContain('://');
  });

  it('returns to an app whose links are listed', async () => {
    const { buyers } = await shopWith({ ALLOWED_ORIGINS: 'predixa://' });
    const success_url = 'predixa://done?id={CHECKOUT_SESSION_ID}';
    const who = await buyers.user();
    const { body } = await buyers.checkout(who, { price: 'pro_monthly', success_url });
    const form = new URLSearchParams({ card: '4242424242424242' });
    const page = await fetch(String(body['url']), { method: 'POST', body: form, redirect: 'manual' });
    expect(page.headers.get('location')).toBe(`predixa://done?id=${String(body['id'])}`);
    const refused = await buyers.checkout(who, { price: 'pro_monthly', success_url: 'other://done' });
    expect(refused).toMatchObject({ statusCode: 400, body: { code: 'return_url_not_allowed' } });
  });

  it.each<readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, unknown>>]>([
    ['CHECKOUT_TERMS_OF_SERVICE', { CHECKOUT_TERMS_OF_SERVICE: 'true' }, { terms_of_service_set: false }],
    ["Stripe's tax settings", { CHECKOUT_AUTOMATIC_TAX: 'true' }, { tax_active: false }],
    ['CHECKOUT_DISCOUNT', { CHECKOUT_DISCOUNT: 'gone' }, {}],
    ['CHECKOUT_PAYMENT_METHODS', { CHECKOUT_PAYMENT_METHODS: 'carrier_pigeon' }, {}],
  ])('is misconfigured if Stripe refuses one, and names it: %s', async (setting, env, account) => {
    const { buyers } = await shopWith(env);
    await refusalsOf(stage).account(account);
    const answer = await buyers.checkout(await buyers.user());
    await refusalsOf(stage).account({ terms_of_service_set: true, tax_active: true });
    expect(answer).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining(setting) },
    });
  });

  it('is misconfigured with a discount and promotion codes, which Stripe does not take together', async () => {
    const { buyers, shop } = await shopWith({ CHECKOUT_DISCOUNT: 'half', CHECKOUT_PROMOTION_CODES: 'true' });
    expect(await buyers.checkout(await buyers.user())).toMatchObject({ body: { code: 'misconfigured' } });
    const settings = expect.arrayContaining([expect.stringContaining('CHECKOUT_DISCOUNT')]);
    expect(shop.logs).toContainEqual(expect.objectContaining({ metric: 'misconfigured', settings }));
  });
});

describe('The trial of a checkout', () => {
  it('is the one that the price says, or else the installation’s', async () => {
    const { buyers } = await shopWith({ ...withHash, TRIAL_DAYS: '14' });
    const trialOf = async (price: string) => (await buyers.checkout(await buyers.user(), { price })).body;
    const before = Math.floor(Date.now() / 1000);
    const week = await trialOf('week_free');
    expect(week).toMatchObject({ trial: { days: 7 }, due_today: { amount: 0, tax: 0 } });
    const { at } = week['due_next'] as { readonly at: number };
    expect(at).toBeGreaterThanOrEqual(before + 7 * DAY_SECONDS);
    expect(await trialOf('pro_monthly')).toMatchObject({ trial: { days: 14 } });
    expect(await trialOf('none_free')).toMatchObject({
      trial: { refused: 'not_offered' },
      due_today: { amount: 1_000 },
    });
  });

  it('is refused with its reason, also by a session that is offered again', async () => {
    const { buyers } = await shopWith({ ...withHash, TRIAL_DAYS: '14' });
    const unverified = await buyers.user({ verified: false });
    for (const price of ['week_free', 'week_free']) {
      expect((await buyers.checkout(unverified, { price })).body).toMatchObject({
        trial: { refused: 'unverified_address' },
      });
    }
    const email = 'twice@example.com';
    await pay((await buyers.checkout(await buyers.user({ email }))).body['url']);
    expect((await buyers.checkout(await buyers.user({ email }))).body).toMatchObject({
      trial: { refused: 'used' },
    });
  });

  it('can be of single prices alone', async () => {
    const { buyers } = await shopWith(withHash);
    const trialOf = async (price: string) =>
      (await buyers.checkout(await buyers.user(), { price })).body['trial'];
    expect(await trialOf('week_free')).toEqual({ days: 7 });
    expect(await trialOf('pro_monthly')).toEqual({ refused: 'not_offered' });
  });

  it('begins without a card where the settings say so, and ends as they say', async () => {
    const settings = { ...withHash, TRIAL_WITHOUT_CARD: 'true', TRIAL_END: 'pause' };
    const { buyers, customerOf, sessionOf } = await shopWith(settings);
    const who = await buyers.user();
    const { body } = await buyers.checkout(who, { price: 'week_free' });
    expect(await sessionOf(body)).toMatchObject({ payment_method_collection: 'if_required' });
    await fetch(String(body['url']), { method: 'POST', body: new URLSearchParams(), redirect: 'manual' });
    const [subscription] = (await stage.stripe.subscriptions.list({ customer: await customerOf(who) })).data;
    expect(subscription).toMatchObject({
      status: 'trialing',
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    const { body: plain } = await buyers.checkout(await buyers.user());
    expect(await sessionOf(plain)).toMatchObject({ payment_method_collection: 'always' });
  });
});
