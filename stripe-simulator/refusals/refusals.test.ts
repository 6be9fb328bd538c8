/** Sends every request that Stripe is known to refuse, and compares the answers. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  idOf,
  type Rig,
  startRig,
  TEST_KEY,
  testStart,
} from '../testing/rig.ts';
import type { Refusal } from './refusal.ts';
import { refusals } from './refusals.ts';

const YEAR_SECONDS = 365 * 24 * 3600;
let rig: Rig;
let names: Readonly<Record<string, string>>;

beforeAll(async () => {
  rig = await startRig();
  names = await objects(rig.stripe);
});
afterAll(() => rig.close());

async function objects(stripe: Stripe): Promise<Record<string, string>> {
  const { id: customer } = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  const other = await createMonthlyPrice(stripe);
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: 'call',
    default_aggregation: { formula: 'count' },
  });
  const metered = await createMonthlyPrice(stripe, {
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
  });
  const product = idOf(price.product);
  const oneTime = await stripe.prices.create({ product, unit_amount: 500, currency: 'usd' });
  const subscribe = (...prices: string[]) =>
    stripe.subscriptions.create({ customer, items: prices.map((id) => ({ price: id })) });
  const ending = await subscribe(price.id);
  await stripe.subscriptions.update(ending.id, { cancel_at_period_end: true });
  const configure = (features: Stripe.BillingPortal.ConfigurationCreateParams.Features) =>
    stripe.billingPortal.configurations.create({ features });
  const update = {
    enabled: true,
    default_allowed_updates: ['price' as const],
    products: [{ product, prices: [price.id] }],
  };
  return {
    customer,
    price: price.id,
    metered: metered.id,
    product,
    oneTime: oneTime.id,
    subscription: (await subscribe(price.id)).id,
    twoProducts: (await subscribe(price.id, other.id)).id,
    ending: ending.id,
    bare: (await configure({ invoice_history: { enabled: true } })).id,
    updates: (await configure({ payment_method_update: { enabled: true }, subscription_update: update })).id,
    past: String(testStart - 1),
    future: String(testStart + YEAR_SECONDS),
    inSixYears: String(testStart + 6 * YEAR_SECONDS),
  };
}

const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (all, name: string) => names[name] ?? all);

async function send({
  request,
  form = '',
  headers = {},
}: Refusal): Promise<{ status: number; error: { message: string } }> {
  const [method = 'GET', path = ''] = filled(request).split(' ');
  const response = await fetch(`${rig.simulator.url}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${TEST_KEY}`,
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    ...(method === 'GET' ? {} : { body: filled(form) }),
  });
  const { error } = (await response.json()) as { error: { message: string } };
  return { status: response.status, error };
}

test.each(refusals.map((refusal) => [refusal.title, refusal] as const))(
  'Refused is %s',
  async (_title, refusal) => {
    const { status = 400, message, ...error } = refusal.error;
    const text = filled(message);
    const answer = await send(refusal);
    expect(answer).toMatchObject({ status, error: { type: 'invalid_request_error', ...error } });
    // An ellipsis stands for the rest of the message.
    const start = text.replace(/…$/, '');
    expect(answer.error.message.slice(0, text.endsWith('…') ? start.length : undefined)).toBe(start);
  },
);
