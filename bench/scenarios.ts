/** What each function is measured with: an ordinary user, and an ordinary event. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FunctionName } from '../contract/functions.ts';
import { CUSTOMER_KEY_PREFIX } from '../contract/tables.ts';
import { seedDemoPrices } from '../local/stripe/demo-prices.ts';
import { STORE_SECRET } from './environment.ts';
import { type ApiEvent, signed } from './recording.ts';
import type { World } from './world.ts';

/** Invokes a function of the build that is measured. */
export type Invoke = (name: FunctionName, event: object) => Promise<unknown>;

export interface Prepared {
  readonly event: object;
  readonly sub: string;
}

type Prepare = (world: World, invoke: Invoke) => Promise<Prepared>;

const SAMPLE_SUB = '11111111-2222-4333-8444-555555555555';

export function sampleEvent(name: FunctionName, sub: string): ApiEvent {
  const file = new URL(`../functions/${name}/event.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8').replaceAll(SAMPLE_SUB, sub)) as ApiEvent;
}

/** Creates what the product sells: two prices, with a feature. */
export async function stockShop({ stripe }: World): Promise<void> {
  const { monthly } = await seedDemoPrices(stripe);
  const { product } = await stripe.prices.retrieve(monthly);
  if (typeof product !== 'string') throw new Error('The product is expanded.');
  const feature = await stripe.entitlements.features.create({ lookup_key: 'export', name: 'Export' });
  await stripe.products.createFeature(product, { entitlement_feature: feature.id });
}

async function account(world: World, sub: string = randomUUID()): Promise<{ sub: string; customer: string }> {
  const { stripe } = world;
  const { id: customer } = await stripe.customers.create({
    metadata: { cognito_sub: sub, cognito_user_pool: world.env['COGNITO_USER_POOL_ID'] ?? '' },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  await world.put('users', { userId: sub, stripeCustomerId: customer });
  await world.put('entitlements', { cognito_sub: sub, status: 'none', version: 1 });
  // As the sign-up leaves it.
  await world.put('entitlements', {
    cognito_sub: `${CUSTOMER_KEY_PREFIX}${customer}`,
    users: [sub],
    version: 1,
  });
  return { sub, customer };
}

export interface Subscriber {
  readonly sub: string;
  readonly customer: string;
  readonly subscription: object;
}

/** A user who has just paid. The webhook has not heard of it yet. */
export async function buyer(world: World, sub?: string): Promise<Subscriber> {
  const made = await account(world, sub);
  const { data } = await world.stripe.prices.list({ lookup_keys: ['pro_monthly'] });
  const subscription = await world.stripe.subscriptions.create({
    customer: made.customer,
    items: [{ price: data[0]?.id ?? '' }],
    // As the checkout sells it.
    metadata: { cognito_sub: made.sub },
  });
  return { ...made, subscription };
}

/** Returns the delivery of an event, not signed yet. */
export function deliveryOf(type: string, object: object): ApiEvent {
  const sample = sampleEvent('stripe-webhook', '');
  const event = { ...JSON.parse(sample.body ?? '{}'), type, data: { object } };
  return { ...sample, body: JSON.stringify(event) };
}

/** A user whose row says what Stripe says. */
async function subscriber(world: World, invoke: Invoke, sub?: string): Promise<Subscriber> {
  const made = await buyer(world, sub);
  await invoke('stripe-webhook', signed(deliveryOf('customer.subscription.created', made.subscription), 0));
  return made;
}

const withSubscriber =
  (name: FunctionName): Prepare =>
  async (world, invoke) => {
    const { sub } = await subscriber(world, invoke);
    return { event: sampleEvent(name, sub), sub };
  };

export const scenarios = {
  'entitlements-api': withSubscriber('entitlements-api'),
  /** An everyday event: a known customer, and nothing that the row does not say already. */
  'stripe-webhook': async (world, invoke) => {
    const { sub, subscription } = await subscriber(world, invoke);
    return { event: deliveryOf('customer.subscription.updated', subscription), sub };
  },
  'post-confirmation': async () => {
    const sub = randomUUID();
    return { event: sampleEvent('post-confirmation', sub), sub };
  },
  'delete-user': async (world, invoke) => {
    const { sub } = await subscriber(world, invoke, await world.createUser());
    return { event: sampleEvent('delete-user', sub), sub };
  },
  checkout: async (world) => {
    const { sub } = await account(world, await world.createUser());
    return { event: sampleEvent('checkout', sub), sub };
  },
  'billing-portal': withSubscriber('billing-portal'),
  subscription: withSubscriber('subscription'),
  billing: withSubscriber('billing'),
  prices: async () => ({ event: sampleEvent('prices', ''), sub: SAMPLE_SUB }),
  'revenuecat-webhook': async (world) => {
    const sub = randomUUID();
    await world.put('users', { userId: sub });
    await world.put('entitlements', { cognito_sub: sub, status: 'none' });
    world.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    const sample = sampleEvent('revenuecat-webhook', sub);
    const body = JSON.stringify({ api_version: '1.0', event: world.revenuecat.events().at(-1) });
    return { event: { ...sample, headers: { ...sample.headers, authorization: STORE_SECRET }, body }, sub };
  },
} as const satisfies Partial<Record<FunctionName, Prepare>>;

export type ScenarioName = keyof typeof scenarios;

/** `reconcile` is missing: a schedule calls it, and no user waits for its answer. */
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
