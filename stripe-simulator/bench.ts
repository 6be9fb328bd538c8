/** Measures the speed of the simulator on this machine: `npx tsx stripe-simulator/bench.ts`. */
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
lap('start without state');
await subscribeMany(simulator, SUBSCRIPTIONS);
lap(`create ${SUBSCRIPTIONS} customers and subscriptions through the API`);
const actions = simulator.advance(MONTH_SECONDS);
lap(`advance the clock over ${SUBSCRIPTIONS} renewals (${actions} actions)`);
await simulator.close();
lap(`save and close (${(statSync(statePath).size / 1e6).toFixed(1)} MB)`);
const restarted = await startStripeSimulator({ statePath });
lap('start with the saved state');
await restarted.close();
rmSync(directory, { recursive: true });
