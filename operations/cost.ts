/** `npm run cost`: what an installation of this size costs in AWS, line by line. */
import { parseArgs } from 'node:util';
import { runCommand, UsageError } from './cli/command.ts';
import type { Installation } from './cost/model.ts';
import { asText, costTable } from './cost/table.ts';
import { usualTraffic } from './cost/traffic.ts';

const help = `npm run cost -- [--users N ...] [options]

What an installation costs a month in AWS, in us-east-1, from the calls that the tests record and AWS's prices of 2026
(operations/cost/). Stripe's own fees are not in it. See docs/cost.md.

  --users N       monthly active users; several times for several columns (default 1000, 100000, 10000000)
  --reads N       GET /me/entitlements a month and user (default ${String(usualTraffic.perUser.entitlements)})
  --paying 0.04   share of the users who pay
  --api rest      instead of an HTTP API
  --plan LITE     Cognito's plan: LITE, ESSENTIALS (default) or PLUS
  --sweeps N      full runs of reconcile a day (default 2)`;

const plans = ['LITE', 'ESSENTIALS', 'PLUS'] as const;
const kinds = ['http', 'rest'] as const;

function read():
  | { readonly sizes: readonly number[]; readonly rest: Omit<Installation, 'users'> }
  | undefined {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', multiple: true, default: ['1000', '100000', '10000000'] },
      reads: { type: 'string', default: String(usualTraffic.perUser.entitlements) },
      paying: { type: 'string', default: String(usualTraffic.paying) },
      api: { type: 'string', default: 'http' },
      plan: { type: 'string', default: 'ESSENTIALS' },
      sweeps: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const paying = numberIn('--paying', values.paying);
  if (paying > 1) throw new UsageError('--paying is a share, from 0 to 1');
  return {
    sizes: values.users.map((text) => numberIn('--users', text)),
    rest: {
      api: oneOf('--api', kinds, values.api),
      plan: oneOf('--plan', plans, values.plan),
      sweepsPerDay: numberIn('--sweeps', values.sweeps),
      traffic: {
        ...usualTraffic,
        perUser: { ...usualTraffic.perUser, entitlements: numberIn('--reads', values.reads) },
        paying,
      },
    },
  };
}

/** `100000`, `100,000` and `100_000` alike. */
function numberIn(option: string, text: string): number {
  const value = Number(text.replace(/[,_]/g, ''));
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new UsageError(`${option} is a number from 0 on, not ${text}`);
  return value;
}

function oneOf<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new UsageError(`${option} is one of ${known.join(', ')}, not ${text}`);
  return found;
}

async function main(): Promise<void> {
  const wish = read();
  console.log(wish === undefined ? help : asText(costTable(wish.sizes, wish.rest)));
}

runCommand(main);
