/** `npm run cost`: prints what an installation costs in AWS, line by line. */
import { parseArgs } from 'node:util';
import { runCommand, UsageError } from './cli/command.ts';
import type { Installation } from './cost/model.ts';
import { asText, costTable } from './cost/table.ts';
import { defaultTraffic } from './cost/traffic.ts';

const HELP = `npm run cost -- [--users N ...] [options]

Prints what an installation costs per month in AWS, in us-east-1, from the calls that the tests record and AWS's
prices of 2026 (operations/cost/). The fees of Stripe, RevenueCat and the app stores are not included. See docs/cost.md.

  --users N           monthly active users; repeat it for several columns (default 1000, 100000, 10000000)
  --reads N           GET /me/entitlements per user and month (default ${String(defaultTraffic.perUser.entitlements)})
  --paying 0.04       share of the users who pay in Stripe
  --paying-in-stores 0.02
                      share of the users who pay in an app store, through RevenueCat (default 0: no app stores)
  --api rest          a REST API instead of an HTTP API
  --plan ESSENTIALS   Cognito's plan: LITE (default), ESSENTIALS or PLUS
  --reconcile-runs N  full runs of reconcile per day (default 2)`;

const plans = ['LITE', 'ESSENTIALS', 'PLUS'] as const;
const kinds = ['http', 'rest'] as const;

interface Options {
  readonly sizes: readonly number[];
  readonly rest: Omit<Installation, 'users'>;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', multiple: true, default: ['1000', '100000', '10000000'] },
      reads: { type: 'string', default: String(defaultTraffic.perUser.entitlements) },
      paying: { type: 'string', default: String(defaultTraffic.paying) },
      'paying-in-stores': { type: 'string', default: String(defaultTraffic.payingInStores) },
      api: { type: 'string', default: 'http' },
      plan: { type: 'string', default: 'LITE' },
      'reconcile-runs': { type: 'string' },
      // The name of --reconcile-runs in version 0.1.
      sweeps: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const paying = readShare('--paying', values.paying);
  const payingInStores = readShare('--paying-in-stores', values['paying-in-stores']);
  return {
    sizes: values.users.map((text) => readNumber('--users', text)),
    rest: {
      api: readChoice('--api', kinds, values.api),
      plan: readChoice('--plan', plans, values.plan),
      reconcileRunsPerDay: readNumber('--reconcile-runs', values['reconcile-runs'] ?? values.sweeps),
      traffic: {
        ...defaultTraffic,
        perUser: { ...defaultTraffic.perUser, entitlements: readNumber('--reads', values.reads) },
        paying,
        payingInStores,
      },
    },
  };
}

/** Accepts `100000`, `100,000` and `100_000`. */
function readNumber(option: string, text: string): number {
  const value = Number(text.replace(/[,_]/g, ''));
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new UsageError(
      `${option} must be a number of 0 or more, not ${text === '' ? 'an empty text' : text}`,
    );
  }
  return value;
}

function readShare(option: string, text: string): number {
  const share = readNumber(option, text);
  if (share > 1) throw new UsageError(`${option} must be a share from 0 to 1`);
  return share;
}

function readChoice<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((candidate) => candidate === text);
  if (found === undefined) throw new UsageError(`${option} must be one of ${known.join(', ')}, not ${text}`);
  return found;
}

async function main(): Promise<void> {
  const options = readOptions();
  console.log(options === 'help' ? HELP : asText(costTable(options.sizes, options.rest)));
}

runCommand(main);
