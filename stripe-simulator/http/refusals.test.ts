import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMonthlyPrice, createSubscription, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
beforeEach(() => rig.control('/reset', {}));
afterAll(() => rig.close());

/** Returns what Stripe's library shows of the refusal. */
async function refusalOf(call: Promise<unknown>): Promise<object> {
  const error = await call.then(
    () => ({}),
    (cause: unknown) => cause as Stripe.errors.StripeError,
  );
  if (!('statusCode' in error)) return { accepted: true };
  const { statusCode, rawType, code, param, message } = error;
  return { statusCode, rawType, code, param, message };
}

const invalid = { statusCode: 400, rawType: 'invalid_request_error' };

async function checkout(params: Stripe.Checkout.SessionCreateParams = {}, price?: string) {
  const id = price ?? (await createMonthlyPrice(stripe)).id;
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: id, quantity: 1 }],
    success_url: 'https://example.com/',
    ...params,
  });
}

test.each([
  'user@localhost',
  'odatakeryu',
  'otameshi@com',
  'mehmet@gmail',
  ' ann@example.com',
  'ann@example..com',
  'ann..lee@example.com',
  'ann＠icloud.com',
  'ann@exämple.com',
])('An email address that is not one is refused: %j', async (email) => {
  expect(await refusalOf(stripe.customers.create({ email }))).toEqual({
    ...invalid,
    code: 'email_invalid',
    param: 'email',
    message: `Invalid email address: ${email}`,
  });
});

test.each(['ann@example.com', "o'neil+a.b@mail.example.co.uk", '1@2.example.museum'])(
  'An ordinary email address is accepted: %j',
  async (email) => {
    expect(await stripe.customers.create({ email })).toMatchObject({ email });
  },
);

test('Texts of a customer have a limited length', async () => {
  const name = 'n'.repeat(257);
  expect(await refusalOf(stripe.customers.create({ name }))).toMatchObject({
    ...invalid,
    param: 'name',
    message: 'Invalid string: nnnnnnnnnn...nnnnnnnnnn; must be at most 256 characters',
  });
  expect(await stripe.customers.create({ name: name.slice(1) })).toMatchObject({ name: name.slice(1) });
});

test('A metered price is refused with a quantity, and a licensed one without', async () => {
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: 'call',
    default_aggregation: { formula: 'count' },
  });
  const recurring = { interval: 'month', usage_type: 'metered', meter: meter.id } as const;
  const { id } = await createMonthlyPrice(stripe, { recurring });
  expect(await refusalOf(checkout({}, id))).toEqual({
    ...invalid,
    code: undefined,
    param: 'line_items[0][quantity]',
    message:
      'Quantity should not be specified where usage_type is `metered`. Remove quantity from `line_items[0]`',
  });
  expect((await checkout({ line_items: [{ price: id }] })).status).toBe('open');
  const licensed = (await createMonthlyPrice(stripe)).id;
  expect(await refusalOf(checkout({ line_items: [{ price: licensed }] }))).toMatchObject({
    message: 'Quantity is required. Add `quantity` to `line_items[0]`',
  });
});

test('A price cannot be sold once it or its product is archived', async () => {
  const { id, product } = await createMonthlyPrice(stripe);
  await stripe.products.update(product as string, { active: false });
  expect(await refusalOf(checkout({}, id))).toMatchObject({
    param: 'line_items[0][price]',
    message: `Price \`${id}\` is not available to be purchased because its product is not active.`,
  });
  await stripe.prices.update(id, { active: false });
  expect(await refusalOf(checkout({}, id))).toMatchObject({
    message: 'The price specified is inactive. This field only accepts active prices.',
  });
});

test('A customer with a live subscription cannot buy in another currency', async () => {
  const { customer } = await createSubscription(stripe);
  const { id } = await createMonthlyPrice(stripe, { currency: 'eur' });
  expect(await refusalOf(checkout({ customer: customer as string }, id))).toMatchObject({
    ...invalid,
    code: undefined,
    param: undefined,
    message: expect.stringContaining('You cannot combine currencies on a single customer.'),
  });
});

test.each([
  ['trial_period_days', 731, 'The maximum number of trial period days is 730 (2 years).'],
  ['trial_period_days', 0, 'The minimum number of trial period days is 1.'],
] as const)('A trial has between 1 and 730 days: %s %d', async (name, days, message) => {
  expect(await refusalOf(checkout({ subscription_data: { [name]: days } }))).toMatchObject({
    ...invalid,
    param: `subscription_data[${name}]`,
    message,
  });
});

test('A return URL must be one', async () => {
  expect(await refusalOf(checkout({ success_url: 'app.example.com/welcome' }))).toMatchObject({
    ...invalid,
    code: 'url_invalid',
    param: 'success_url',
    message: 'Not a valid URL',
  });
});

test('The portal opens only after its settings were saved, or with a configuration', async () => {
  const customer = (await stripe.customers.create()).id;
  const open = (configuration?: string) =>
    stripe.billingPortal.sessions.create({
      customer,
      ...(configuration === undefined ? {} : { configuration }),
    });
  const defaults = async () => (await stripe.billingPortal.configurations.list({ is_default: true })).data;
  expect(await defaults()).toHaveLength(1);
  await rig.control('/account', { portal_settings_saved: false });
  expect(await defaults()).toEqual([]);
  expect(await refusalOf(open())).toMatchObject({
    ...invalid,
    code: undefined,
    param: undefined,
    message: expect.stringMatching(
      /^No configuration provided and your test mode default configuration has not/,
    ),
  });
  const { id } = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  });
  expect((await open(id)).configuration).toBe(id);
});

test('A flow of the portal needs its feature, and a subscription that it applies to', async () => {
  const { id, customer } = await createSubscription(stripe);
  const cancel = (configuration?: string) =>
    stripe.billingPortal.sessions.create({
      customer: customer as string,
      flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: id } },
      ...(configuration === undefined ? {} : { configuration }),
    });
  const bare = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  });
  expect(await refusalOf(cancel(bare.id))).toMatchObject({
    ...invalid,
    message: expect.stringMatching(/feature in the portal configuration is disabled\.$/),
  });
  expect((await cancel()).flow?.type).toBe('subscription_cancel');
  await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  const param = 'flow_data[subscription_cancel][subscription]';
  expect(await refusalOf(cancel())).toMatchObject({
    param,
    message: `The subscription ${id} is already set to be canceled at period end.`,
  });
  await stripe.subscriptions.cancel(id);
  expect(await refusalOf(cancel())).toMatchObject({ ...invalid, param });
});

test('An object of live mode is missing, and the error says where it is', async () => {
  const live_mode_ids = ['cus_live', 'price_live'];
  await rig.control('/account', { live_mode_ids });
  const elsewhere =
    '; a similar object exists in live mode, but a test mode key was used to make this request.';
  expect(await refusalOf(stripe.customers.retrieve('cus_live'))).toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
    param: 'id',
    message: `No such customer: 'cus_live'${elsewhere}`,
  });
  expect(await refusalOf(checkout({}, 'price_live'))).toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'line_items[0][price]',
    message: `No such price: 'price_live'${elsewhere}`,
  });
});

test('An expired key and a publishable key are refused', async () => {
  await rig.control('/account', { expired_keys: ['sk_test_expired'] });
  const listWith = (apiKey: string) => refusalOf(stripe.customers.list({}, { apiKey }));
  expect(await listWith('sk_test_expired')).toMatchObject({ statusCode: 401, code: 'api_key_expired' });
  expect(await listWith('pk_test_published')).toMatchObject({ statusCode: 401, code: 'secret_key_required' });
});

test('The fault `refuse` answers any error of Stripe', async () => {
  const error = { status: 403, type: 'invalid_request_error', message: 'No permission.' };
  await rig.control('/chaos', { api: [{ fault: 'refuse', match: 'GET /v1/customers', error }] });
  expect(await refusalOf(stripe.customers.list())).toMatchObject({
    statusCode: 403,
    message: 'No permission.',
  });
  const malformed = { api: [{ fault: 'refuse', error: { status: 500 } }] };
  expect(await rig.control('/chaos', malformed)).toMatchObject({
    error: { message: 'error.status must be from 400 to 499.' },
  });
});
