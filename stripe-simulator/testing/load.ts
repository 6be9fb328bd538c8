/** Creates many subscriptions through the simulator's API. */
import type { StripeSimulator } from '../index.ts';

const headers = {
  Authorization: 'Bearer sk_test_local_simulator',
  'Content-Type': 'application/x-www-form-urlencoded',
};
const CONCURRENCY = 8;

interface Found {
  readonly id: string;
  readonly billing_reason?: string;
}

export async function subscribeMany(simulator: StripeSimulator, count: number): Promise<void> {
  const price = await send(simulator, 'prices', {
    currency: 'usd',
    unit_amount: '1500',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  });
  await repeat(count, async () => {
    const customer = await send(simulator, 'customers', {
      payment_method: 'pm_card_visa',
      'invoice_settings[default_payment_method]': 'pm_card_visa',
    });
    await send(simulator, 'subscriptions', { customer: customer.id, 'items[0][price]': price.id });
  });
}

export function createCustomers(simulator: StripeSimulator, count: number): Promise<void> {
  return repeat(count, (n) => send(simulator, 'customers', { email: `customer-${n}@example.com` }));
}

export function readMany(simulator: StripeSimulator, path: string, count: number): Promise<void> {
  return repeat(count, async () => {
    const response = await fetch(`${simulator.url}/v1/${path}`, { headers });
    const body = await response.text();
    if (!response.ok) throw new Error(body);
  });
}

async function repeat(count: number, run: (n: number) => Promise<unknown>): Promise<void> {
  let done = 0;
  const worker = async () => {
    while (done < count) {
      done += 1;
      await run(done);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

export async function countInvoices(simulator: StripeSimulator, reason: string): Promise<number> {
  let count = 0;
  let after = '';
  for (let page = 0; page < 1000; page++) {
    const query = `limit=100&status=paid${after === '' ? '' : `&starting_after=${after}`}`;
    const response = await fetch(`${simulator.url}/v1/invoices?${query}`, { headers });
    const { data, has_more } = (await response.json()) as { data: Found[]; has_more: boolean };
    count += data.filter((invoice) => invoice.billing_reason === reason).length;
    if (!has_more) break;
    after = data.at(-1)?.id ?? '';
  }
  return count;
}

async function send(
  simulator: StripeSimulator,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Found> {
  const body = new URLSearchParams(fields).toString();
  const response = await fetch(`${simulator.url}/v1/${path}`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Found;
}
