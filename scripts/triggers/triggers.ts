/**
 * Runs the triggers of the Stripe CLI against the simulator, and checks that the event that each one names is really
 * emitted: the CLI itself ends with success when its requests are answered, whether or not the event follows.
 */
import { Stripe } from 'stripe';
import { type StripeSimulator, startStripeSimulator } from '../../stripe-simulator/index.ts';
import { openStripeCli, type StripeCli } from './stripe-cli.ts';
import table from './triggers.json' with { type: 'json' };

export interface TriggerResult {
  readonly trigger: string;
  readonly event: string;
  readonly happens: boolean;
  /** Why it does not happen: as the table says, or else the last line of the CLI. */
  readonly reason: string;
}

const events: Readonly<Record<string, string>> = table.events;
const notSimulated: Readonly<Record<string, string>> = table.notSimulated;

/** Some triggers end with a country, and those of subscriptions name the event of the invoice. */
export function eventOf(trigger: string): string {
  return events[trigger] ?? trigger.replace(/\.(eu|gb)$/, '');
}

/** The triggers that are not expected to happen, with the reason. */
export function expectedReason(trigger: string): string | undefined {
  return notSimulated[trigger];
}

export async function allTriggers(cli: StripeCli): Promise<readonly string[]> {
  const { output } = await cli.run('trigger', '--help');
  const [, list = ''] = /Supported events:\n([\s\S]*?)\n\n/.exec(output) ?? [];
  return list.split('\n').map((line) => line.trim());
}

/** Each worker has a simulator of its own, so that the triggers do not see the events of each other. */
const WORKERS = 3;

export async function runTriggers(
  report: (result: TriggerResult) => void,
): Promise<readonly TriggerResult[]> {
  const cli = openStripeCli();
  try {
    const waiting = [...(await allTriggers(cli))];
    const results: TriggerResult[] = [];
    const work = async () => {
      // The customers of some triggers have no card, and their subscriptions last longer than the retries.
      const simulator = await startStripeSimulator({ seed: 'triggers', afterLastPaymentRetry: 'past_due' });
      for (let trigger = waiting.shift(); trigger !== undefined; trigger = waiting.shift()) {
        const result = await runTrigger(simulator, cli, trigger);
        results.push(result);
        report(result);
      }
      await simulator.close();
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    return results.toSorted((a, b) => (a.trigger < b.trigger ? -1 : 1));
  } finally {
    cli.close();
  }
}

async function runTrigger(
  simulator: StripeSimulator,
  cli: StripeCli,
  trigger: string,
): Promise<TriggerResult> {
  simulator.reset();
  const { output } = await cli.run('trigger', trigger, '--api-base', simulator.url);
  const event = eventOf(trigger);
  const happens = await isEmitted(simulator, event);
  const reason = happens ? '' : (expectedReason(trigger) ?? problemIn(output));
  return { trigger, event, happens, reason };
}

/** What a bank or the clock brings about later. */
const LATER_SECONDS = 10 * 60;

async function isEmitted(simulator: StripeSimulator, type: string): Promise<boolean> {
  const { host, port } = simulator;
  const stripe = new Stripe('sk_test_triggers', { host, port, protocol: 'http', telemetry: false });
  const isThere = async () => (await stripe.events.list({ type, limit: 1 })).data.length > 0;
  if (await isThere()) return true;
  simulator.advance(LATER_SECONDS);
  return isThere();
}

function problemIn(output: string): string {
  return /"message": "([^"]*)"/.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
}

/** Returns the results as a table of Markdown, those that do not happen last. */
export function tableOf(results: readonly TriggerResult[]): string {
  const happening = results.filter(({ happens }) => happens);
  const others = results.filter(({ happens }) => !happens);
  return [
    `${happening.length} of the ${results.length} triggers of the Stripe CLI happen.`,
    '',
    '| trigger | event | happens |',
    '| --- | --- | --- |',
    ...happening.map(({ trigger, event }) => `| \`${trigger}\` | \`${event}\` | yes |`),
    ...others.map(({ trigger, event, reason }) => `| \`${trigger}\` | \`${event}\` | no: ${reason} |`),
    '',
  ].join('\n');
}
