/** Prints how fast the simulator is on this machine: `npx tsx stripe-simulator/bench.ts`. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStripeSimulator } from './index.ts';
import { subscribeMany } from './testing/load.ts';

const SUBSCRIPTIONS = 1000;
const MONTH_SECONDS = 31 * 24 * 3600 + 3600;

const directory = mkdtempSync(join(tmpdir(), 'stripe-simulator-'));
const statePath = join(directory, 'state.json');
let startedAt = performance.now();

function lap(name: string): void {
  console.log(`${name.padEnd(56)} ${(performance.now() - startedAt).toFixed(0).padStart(6)} ms`);
  startedAt = performance.now();
}

const simulator = await startStripeSimulator({ statePath, seed: 'bench' });
lap('start, empty');
await subscribeMany(simulator, SUBSCRIPTIONS);
lap(`${SUBSCRIPTIONS} customers and subscriptions through the API`);
const happened = simulator.advance(MONTH_SECONDS);
lap(`one advance over ${SUBSCRIPTIONS} renewals (${happened} pieces of work)`);
await simulator.close();
lap(`save and close (${(statSync(statePath).size / 1e6).toFixed(1)} MB)`);
const again = await startStripeSimulator({ statePath });
lap('start with that state');
await again.close();
rmSync(directory, { recursive: true });
