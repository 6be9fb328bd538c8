/** Measures the built program on this machine: `npx tsx stripe-simulator/bench.ts [CUSTOMERS]`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advance, createCustomers, readMany, subscribeMany } from './testing/load.ts';

const SUBSCRIPTIONS = 1_000;
const MONTH_SECONDS = 31 * 24 * 3600 + 3600;
const READS = 2_000;
const customers = Number(process.argv[2] ?? 50_000);
const main = join(import.meta.dirname, 'dist', 'main.js');

const directory = mkdtempSync(join(tmpdir(), 'stripe-simulator-'));

function report(name: string, value: string): void {
  console.log(`${name.padEnd(62)} ${value.padStart(14)}`);
}

async function timed<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await run();
  report(name, `${(performance.now() - startedAt).toFixed(0)} ms`);
  return result;
}

async function rated<T>(name: string, count: number, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await run();
  report(name, `${Math.round((count * 1000) / (performance.now() - startedAt))} / s`);
  return result;
}

interface Program {
  readonly url: string;
  readonly pid: number;
  /** Asks the program to end, and waits until it has. */
  readonly stop: () => Promise<void>;
}

/** Runs the program and resolves once it has printed its address. */
function start(...options: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, [main, '--port', '0', '--seed', 'bench', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => {
      const url = /http:\S+/.exec(line.toString('utf8'))?.[0] ?? '';
      const stop = () => {
        child.kill('SIGTERM');
        return ended;
      };
      resolve({ url, pid: child.pid ?? 0, stop });
    });
    child.once('exit', () => reject(new Error('The program ended before it printed its address.')));
  });
}

/** Returns the memory that the program holds. Only Linux shows it here. */
function memoryOf({ pid }: Program): string {
  const path = `/proc/${pid}/status`;
  const kilobytes = existsSync(path) ? /VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  return kilobytes === undefined ? 'not known' : `${Math.round((Number(kilobytes) * 1024) / 1e6)} MB`;
}

async function reportStart(state: string): Promise<void> {
  report('state file', `${(statSync(state).size / 1e6).toFixed(1)} MB`);
  const program = await timed('start with the saved state', () => start('--state', state));
  await program.stop();
}

async function withRenewals(): Promise<void> {
  const state = join(directory, 'renewals.json');
  const program = await start('--state', state);
  const subscribed = SUBSCRIPTIONS;
  await timed(`create ${subscribed} customers and subscriptions`, () => subscribeMany(program, subscribed));
  await timed(`advance the clock over ${subscribed} renewals`, () => advance(program, MONTH_SECONDS));
  report('memory', memoryOf(program));
  await timed('save and stop', program.stop);
  await reportStart(state);
}

async function withManyCustomers(): Promise<void> {
  const state = join(directory, 'customers.json');
  const program = await start('--state', state);
  const slowestMs = await rated(`create ${customers} customers`, customers, () =>
    createCustomers(program, customers),
  );
  report('slowest response while they are created', `${slowestMs.toFixed(0)} ms`);
  report(`memory with ${customers} customers`, memoryOf(program));
  const reads = {
    'list 10 customers': 'customers?limit=10',
    'list 100 customers': 'customers?limit=100',
    'list customers by email': 'customers?email=customer-77%40example.com',
    'search customers by email': `customers/search?query=${encodeURIComponent('email:"customer-77@example.com"')}`,
    'search customers by a part of the email': `customers/search?query=${encodeURIComponent('email~"customer-77@"')}`,
    'list events': 'events?limit=10',
  };
  for (const [name, path] of Object.entries(reads)) {
    const count = name.includes('part') ? READS / 20 : READS;
    await rated(name, count, () => readMany(program, path, count));
  }
  await timed('save and stop', program.stop);
  await reportStart(state);
}

if (!existsSync(main)) throw new Error('The program is not built. Run `npm run build:simulator`.');
const empty = await timed('start', () => start());
report('memory without customers', memoryOf(empty));
await timed('stop', empty.stop);
await withRenewals();
await withManyCustomers();
rmSync(directory, { recursive: true });
