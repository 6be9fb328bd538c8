/** The test setup: a simulator with a settable clock, a webhook receiver and the official client. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { type StripeSimulator, type StripeSimulatorOptions, startStripeSimulator } from '../index.ts';
import { Recorder } from './recorder.ts';

export const TEST_KEY = 'sk_test_local_simulator';
export const testStart = Date.UTC(2027, 0, 15, 12) / 1000;

export interface Received {
  readonly body: string;
  readonly signature: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Rig {
  readonly simulator: StripeSimulator;
  readonly stripe: Stripe;
  readonly secret: string;
  readonly received: Received[];
  readonly hookUrl: string;
  /** The current time in Unix seconds. Tests set it to move through time. */
  readonly clock: { seconds: number };
  /** Returns the status code for the next delivery. A promise keeps the sender waiting. */
  readonly receiver: { answer: () => number | Promise<number> };
  /** Returns the verified events in order of arrival, once all deliveries are done. */
  events(): Promise<Stripe.Event[]>;
  types(): Promise<string[]>;
  control(path: string, body?: object, method?: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startRig(options: StripeSimulatorOptions = {}): Promise<Rig> {
  const clock = { seconds: testStart };
  const received: Received[] = [];
  const receiver = { answer: (): number | Promise<number> => 200 };
  const sink = await startSink(received, receiver);
  const recorder = new Recorder();
  const simulator = await startStripeSimulator({
    now: () => clock.seconds * 1000,
    seed: 'tests',
    webhookRetryDelaysMs: [],
    observer: recorder.observer,
    ...options,
  });
  const hookUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
  const { secret } = simulator.registerWebhook({ url: hookUrl });
  const stripe = createClient(simulator);
  const events = async () => {
    await simulator.settled();
    return received.map(({ body, signature }) =>
      stripe.webhooks.constructEvent(body, signature, secret, 0, undefined, clock.seconds * 1000),
    );
  };
  return {
    simulator,
    stripe,
    secret,
    received,
    hookUrl,
    clock,
    receiver,
    events,
    types: async () => (await events()).map((event) => event.type),
    control: (path, body, method) => control(simulator, path, { body, method }),
    close: async () => {
      await simulator.close();
      sink.closeAllConnections();
      await new Promise((resolve) => sink.close(resolve));
      for (const { body } of received) recorder.event(body);
      recorder.check();
    },
  };
}

export function createClient(simulator: StripeSimulator, config: Partial<Stripe.StripeConfig> = {}): Stripe {
  const { host, port } = simulator;
  return new Stripe(TEST_KEY, {
    host,
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
    ...config,
  });
}

async function control(
  simulator: StripeSimulator,
  path: string,
  { body, method }: { body: object | undefined; method: string | undefined },
): Promise<unknown> {
  const reads = path.endsWith('deliveries') || path === '';
  const response = await fetch(`${simulator.url}/_simulator${path}`, {
    method: method ?? (reads ? 'GET' : 'POST'),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

async function startSink(received: Received[], receiver: Rig['receiver']): Promise<Server> {
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({
        body,
        signature: String(request.headers['stripe-signature']),
        headers: request.headers,
      });
      void Promise.resolve(receiver.answer()).then((status) => response.writeHead(status).end());
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  return sink;
}

/** Creates a price of 15.00 USD per month, unless the params say otherwise. */
export async function createMonthlyPrice(
  stripe: Stripe,
  params: Partial<Stripe.PriceCreateParams> = {},
): Promise<Stripe.Price> {
  return stripe.prices.create({
    currency: 'usd',
    unit_amount: 1500,
    recurring: { interval: 'month' },
    product_data: { name: 'Pro' },
    ...params,
  });
}

export async function createCustomer(stripe: Stripe, card = 'pm_card_visa'): Promise<Stripe.Customer> {
  return stripe.customers.create({
    email: 'ann@example.com',
    payment_method: card,
    invoice_settings: { default_payment_method: card },
  });
}

export async function createSubscription(
  stripe: Stripe,
  card = 'pm_card_visa',
): Promise<Stripe.Subscription> {
  const customer = await createCustomer(stripe, card);
  const price = await createMonthlyPrice(stripe);
  return stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
}

/** Returns the id of a field that may be expanded. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string {
  if (typeof reference === 'string') return reference;
  if (reference === null || reference === undefined) throw new Error('The field is empty, so it has no id.');
  return reference.id;
}
