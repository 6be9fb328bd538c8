/** Sends many requests to the API of a simulator. */
import { Agent, request } from 'node:http';

/** A simulator, in this process or in another. */
export interface Loaded {
  readonly url: string;
}

const headers = {
  Authorization: 'Bearer sk_test_local_simulator',
  'Content-Type': 'application/x-www-form-urlencoded',
};
const CONCURRENCY = 8;
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

interface Found {
  readonly id: string;
  readonly billing_reason?: string;
}

interface FoundPage {
  readonly data: readonly Found[];
  readonly has_more: boolean;
}

export async function subscribeMany(simulator: Loaded, count: number): Promise<void> {
  const price = await create(simulator, 'prices', {
    currency: 'usd',
    unit_amount: '1500',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  });
  await repeat(count, async () => {
    const customer = await create(simulator, 'customers', {
      payment_method: 'pm_card_visa',
      'invoice_settings[default_payment_method]': 'pm_card_visa',
    });
    await create(simulator, 'subscriptions', { customer: customer.id, 'items[0][price]': price.id });
  });
}

/** Resolves with the milliseconds that the slowest response took. */
export function createCustomers(simulator: Loaded, count: number): Promise<number> {
  return repeat(count, (n) => create(simulator, 'customers', { email: `customer-${n}@example.com` }));
}

export async function readMany(simulator: Loaded, path: string, count: number): Promise<void> {
  await repeat(count, () => send(simulator, { method: 'GET', path: `/v1/${path}` }));
}

export async function advance(simulator: Loaded, seconds: number): Promise<void> {
  await send(simulator, {
    method: 'POST',
    path: '/_simulator/clock/advance',
    body: JSON.stringify({ seconds }),
  });
}

async function repeat(count: number, run: (n: number) => Promise<unknown>): Promise<number> {
  let done = 0;
  let slowestMs = 0;
  const worker = async () => {
    while (done < count) {
      done += 1;
      const startedAt = performance.now();
      await run(done);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return slowestMs;
}

export async function countInvoices(simulator: Loaded, reason: string): Promise<number> {
  let count = 0;
  let after = '';
  for (let page = 0; page < 1000; page++) {
    const query = `limit=100&status=paid${after === '' ? '' : `&starting_after=${after}`}`;
    const text = await send(simulator, { method: 'GET', path: `/v1/invoices?${query}` });
    const { data, has_more } = JSON.parse(text) as FoundPage;
    count += data.filter((invoice) => invoice.billing_reason === reason).length;
    if (!has_more) break;
    after = data.at(-1)?.id ?? '';
  }
  return count;
}

async function create(
  simulator: Loaded,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Found> {
  const body = new URLSearchParams(fields).toString();
  return JSON.parse(await send(simulator, { method: 'POST', path: `/v1/${path}`, body })) as Found;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Sends a request with little work of its own, so that what is measured is the simulator. */
function send({ url }: Loaded, { method, path, body }: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(text));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
