/** Measures the simulator on this machine: `npx tsx stripe-simulator/bench.ts [CUSTOMERS]`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StripeSimulator, startStripeSimulator } from './index.ts';
import { createCustomers, readMany, subscribeMany } from './testing/load.ts';

const SUBSCRIPTIONS = 1_000;
const MONTH_SECONDS = 31 * 24 * 3600 + 3600;
const READS = 2_000;
const customers = Number(process.argv[2] ?? 50_000);

const directory = mkdtempSync(join(tmpdir(), 'stripe-simulator-'));
const statePath = join(directory, 'state.json');

function report(name: string, value: string): void {
  console.log(`${name.padEnd(62)} ${value.padStart(14)}`);
}

async function timed(name: string, run: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await run();
  const ms = performance.now() - startedAt;
  report(name, `${ms.toFixed(0)} ms`);
  return ms;
}

async function rated(name: string, count: number, run: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await run();
  report(name, `${Math.round((count * 1000) / (performance.now() - startedAt))} / s`);
}

/** Runs the program until it prints its address. */
function startCommand(): Promise<void> {
  const main = join(import.meta.dirname, 'dist', 'main.js');
  const child = spawn(process.execPath, [main, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => {
      child.kill();
      resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error('The command ended before it printed its address.')));
  });
}

async function withRenewals(): Promise<void> {
  const simulator = await startStripeSimulator({ statePath, seed: 'bench' });
  await timed(`create ${SUBSCRIPTIONS} customers and subscriptions`, () =>
    subscribeMany(simulator, SUBSCRIPTIONS),
  );
  await timed(`advance the clock over ${SUBSCRIPTIONS} renewals`, () => simulator.advance(MONTH_SECONDS));
  await timed('save and close', () => simulator.close());
  report('state file', `${(statSync(statePath).size / 1e6).toFixed(1)} MB`);
  await timed('start with the saved state, and close', async () =>
    (await startStripeSimulator({ statePath })).close(),
  );
}

/** Returns the longest time during the run in which nothing else could run. */
async function longestStop(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await run();
  clearInterval(timer);
  return longest;
}

async function withManyCustomers(simulator: StripeSimulator): Promise<void> {
  const stop = await longestStop(() =>
    rated(`create ${customers} customers`, customers, () => createCustomers(simulator, customers)),
  );
  report('longest time without an answer while they are created', `${stop.toFixed(0)} ms`);
  globalThis.gc?.();
  report(`memory with ${customers} customers`, `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
  const lists = {
    'list 10 customers': 'customers?limit=10',
    'list 100 customers': 'customers?limit=100',
    'list customers by email': 'customers?email=customer-77%40example.com',
    'search customers by email': `customers/search?query=${encodeURIComponent('email:"customer-77@example.com"')}`,
    'list events': 'events?limit=10',
  };
  for (const [name, path] of Object.entries(lists)) {
    const count = name.startsWith('search') ? READS / 20 : READS;
    await rated(name, count, () => readMany(simulator, path, count));
  }
}

await timed('start the built command', startCommand).catch(() =>
  report('start the built command', 'not built'),
);
await withRenewals();
rmSync(directory, { recursive: true });
const large = await startStripeSimulator({ statePath: join(directory, 'large.json'), seed: 'bench' });
await withManyCustomers(large);
await timed('save and close', () => large.close());
await timed('start with the saved state', () =>
  startStripeSimulator({ statePath: join(directory, 'large.json') }),
);
rmSync(directory, { recursive: true });
process.exit(0);
