/** The command-line program: runs the simulator until it is stopped. */
import { setFlagsFromString } from 'node:v8';
import { codeOf, StateFileError } from '../simulator-kit/state-error.ts';
import { readArguments, USAGE } from './arguments.ts';
import { type StripeSimulator, startStripeSimulator } from './index.ts';
import type { StripeSimulatorOptions } from './options.ts';
import { StripeError } from './protocol/stripe-error.ts';

// Requests leave much behind at once. Node.js would let the space for it grow to more than all records take.
setFlagsFromString('--semi-space-growth-factor=1');

/** Ends the program with one line, for what the person at the terminal can fix. */
function stopWith(message: string): never {
  console.error(message);
  process.exit(1);
}

async function start(options: StripeSimulatorOptions): Promise<StripeSimulator> {
  try {
    return await startStripeSimulator({ ...options, onStorageFailure: (error) => stopWith(error.message) });
  } catch (error) {
    if (error instanceof StateFileError || error instanceof StripeError) return stopWith(error.message);
    const { host = '127.0.0.1', port } = options;
    const code = codeOf(error);
    if (code === 'EADDRINUSE')
      return stopWith(`Port ${port} is already in use. Choose another with --port N.`);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      return stopWith(`Cannot listen on ${host}:${port} (${code}). Choose others with --host and --port.`);
    }
    throw error;
  }
}

const command = readArguments(process.argv.slice(2), Date.now);
if (command.kind === 'help') {
  console.log(USAGE);
  process.exit(0);
}
if (command.kind === 'mistake') {
  console.error(`${command.message}\n\n${USAGE}`);
  process.exit(2);
}
const { options, webhooks } = command;
const simulator = await start(options);

function stop(): void {
  void simulator.close().then(() => process.exit(0));
}

// First, because who reads the address may end the program at once.
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

console.log(`Stripe simulator  ${simulator.url}`);
console.log(`API key           ${options.apiKeys?.[0] ?? 'sk_test_local_simulator'}`);
for (const webhook of webhooks) {
  const { secret } = simulator.registerWebhook(webhook);
  console.log(`Webhook           ${webhook.url}`);
  console.log(`Signing secret    ${secret}`);
}
