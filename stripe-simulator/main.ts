/** Starts the simulator by itself: `--port N`, `--state FILE`, `--webhook URL`. */
import { parseArgs } from 'node:util';
import { startStripeSimulator } from './index.ts';

const usualPort = '12111';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: usualPort },
    state: { type: 'string' },
    webhook: { type: 'string', multiple: true, default: [] },
  },
});

const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port must be a number from 0 to 65535, not ${values.port}`);
  process.exit(2);
}

const simulator = await startStripeSimulator({
  port,
  ...(values.state === undefined ? {} : { statePath: values.state }),
});
console.log(`Stripe simulator  ${simulator.url}`);
console.log('API key           sk_test_local_simulator');
for (const url of values.webhook) {
  const { secret } = simulator.registerWebhook({ url });
  console.log(`Webhook           ${url}`);
  console.log(`Signing secret    ${secret}`);
}

const stop = () => void simulator.close().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
