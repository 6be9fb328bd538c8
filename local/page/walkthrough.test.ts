import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StripeSimulator, startStripeSimulator } from '../../stripe-simulator/index.ts';
import { lostWebhookStep } from './walkthrough.ts';

const apiKey = 'sk_test_walkthrough';
let simulator: StripeSimulator;
let stripe: Stripe;

beforeAll(async () => {
  simulator = await startStripeSimulator({ port: 0, apiKeys: [apiKey] });
  stripe = new Stripe(apiKey, {
    host: simulator.host,
    port: simulator.port,
    protocol: 'http',
    telemetry: false,
  });
  simulator.registerWebhook({
    url: 'http://127.0.0.1:9/',
    secret: 'whsec_unused',
    enabledEvents: ['plan.created'],
  });
});
afterAll(() => simulator.close());

async function subscriber(email: string): Promise<string> {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Pro' },
  });
  const customer = await stripe.customers.create({
    email,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return (await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })).id;
}

describe('The walkthrough step that loses a webhook', () => {
  it('changes the subscription of the walkthrough user, and no newer one of another user', async () => {
    const own = await subscriber('ada@example.com');
    const newer = await subscriber('grace@example.com');
    const commands = lostWebhookStep.commands.split('\n').filter((line) => !/^(npm|curl)/.test(line));
    const env = { ...process.env, STRIPE_API_BASE: simulator.url, STRIPE_API_KEY: apiKey };
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], { env });
    expect((await stripe.subscriptions.retrieve(own)).cancel_at_period_end).toBe(true);
    expect((await stripe.subscriptions.retrieve(newer)).cancel_at_period_end).toBe(false);
  });
});
