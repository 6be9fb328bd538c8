/** Computes what an installation costs per month, from the recorded calls, the traffic and AWS's prices. Pure. */
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import type { AlarmSpec } from '../../infra/alarm-spec.ts';
import { memoryMb, type StageShape } from '../../infra/functions.ts';
import { permissions } from '../../infra/permissions.ts';
import recorded from '../../infra/recorded-calls.json' with { type: 'json' };
import { alarmsOf } from '../../infra/stage-alarms.ts';
import { prices, tiered } from './prices.ts';
import { reconcileRunCost, storeRunCost } from './reconcile-run.ts';
import { COLD_START_SHARE, type Path, type PlainPath, sizes, type Traffic, waitsMs } from './traffic.ts';

export interface Installation {
  /** Monthly active users. */
  readonly users: number;
  readonly api: 'http' | 'rest';
  readonly plan: 'LITE' | 'ESSENTIALS' | 'PLUS';
  readonly traffic: Traffic;
  /** Full runs of `reconcile` per day. */
  readonly reconcileRunsPerDay: number;
}

export interface CostLine {
  readonly name: string;
  readonly dollars: number;
}

const DAYS_PER_MONTH = 30;
const MINUTES_PER_DAY = 1_440;
const KB_PER_GB = 1_000_000;

const plainPaths = (Object.keys(recorded) as Path[]).filter(
  (path): path is PlainPath => !path.startsWith('store_'),
);

/** The paths that ask RevenueCat, and the ones that they replace in a stage with app stores. */
const insteadInStores = {
  store_sync: 'sync',
  store_checkout: 'checkout',
  store_deletion: 'deletion',
} as const satisfies Partial<Record<Path, PlainPath>>;

function sellsInStores({ traffic }: Installation): boolean {
  return traffic.payingInStores > 0;
}

function pathsOf(installation: Installation): readonly Path[] {
  if (!sellsInStores(installation)) return plainPaths;
  const replaced: readonly Path[] = Object.values(insteadInStores);
  const kept = plainPaths.filter((path) => !replaced.includes(path));
  return [...kept, ...(Object.keys(insteadInStores) as Path[]), 'store_webhook'];
}

const functionOf: Readonly<Record<Path, FunctionName>> = {
  sign_up: 'post-confirmation',
  webhook: 'stripe-webhook',
  entitlements: 'entitlements-api',
  sync: 'checkout',
  checkout: 'checkout',
  portal: 'billing-portal',
  deletion: 'delete-user',
  store_webhook: 'revenuecat-webhook',
  store_sync: 'checkout',
  store_checkout: 'checkout',
  store_deletion: 'delete-user',
};

/** Returns the lines of the bill, in dollars and not rounded. */
export function monthlyCost(installation: Installation): readonly CostLine[] {
  const { users, plan } = installation;
  return [
    { name: `Cognito, ${plan}`, dollars: tiered(prices.cognito[plan], users) },
    {
      name: `API Gateway, ${installation.api}`,
      dollars: tiered(prices.api[installation.api], requestsOf(installation)),
    },
    { name: 'Lambda', dollars: lambda(installation) },
    { name: 'DynamoDB', dollars: dynamodb(installation) },
    { name: 'Reconcile', dollars: reconcile(installation) },
    { name: 'Logs', dollars: logs(installation) },
    {
      name: 'Traffic out',
      dollars: (requestsOf(installation) * sizes.answerKb * prices.trafficGigabyte) / KB_PER_GB,
    },
    { name: 'Codes by email', dollars: times(installation, 'sign_up') * prices.mail },
    { name: 'Alarms, metrics, secrets', dollars: fixed(installation) },
  ];
}

function times({ users, traffic }: Installation, path: Path): number {
  const { perUser, paying, deliveriesPerPayer, payingInStores, deliveriesPerStorePayer } = traffic;
  switch (path) {
    case 'webhook':
      return users * paying * deliveriesPerPayer;
    case 'store_webhook':
      return users * payingInStores * deliveriesPerStorePayer;
    case 'store_sync':
    case 'store_checkout':
    case 'store_deletion':
      return users * perUser[insteadInStores[path]];
    default:
      return users * perUser[path];
  }
}

/** Excludes the sign-up trigger, which Cognito calls itself. */
function requestsOf(installation: Installation): number {
  const paths = pathsOf(installation).filter((path) => path !== 'sign_up');
  return sum(paths.map((path) => times(installation, path)));
}

function lambda(installation: Installation): number {
  return sum(
    pathsOf(installation).map((path) => {
      const calls = Object.entries(recorded[path]);
      const waited = sum(
        calls.map(([name, count]) => count * (isOfPayer(name) ? waitsMs.payerCall : waitsMs.awsCall)),
      );
      const seconds = (waitsMs.own + waited + COLD_START_SHARE * waitsMs.coldStart) / 1_000;
      const gigabytes = memoryMb[functionOf[path]] / 1_024;
      const each = prices.lambda.request + seconds * gigabytes * prices.lambda.gbSecondArm;
      return times(installation, path) * each;
    }),
  );
}

function dynamodb(installation: Installation): number {
  const work = pathsOf(installation).map((path) => {
    const each = sum(Object.entries(recorded[path]).map(([name, count]) => count * unitPrice(name, path)));
    return times(installation, path) * each;
  });
  const kb = sizes.rowKb + sizes.profileKb + sizes.indexKb + 3 * sizes.overheadKb;
  return sum(work) + (installation.users * kb * prices.dynamodb.gigabyte) / KB_PER_GB;
}

/** Every read is strongly consistent. A write is billed by the size of the item before or after it, if larger. */
function unitPrice(call: string, path: Path): number {
  if (!call.startsWith('dynamodb:')) return 0;
  const ofNewUser = path === 'sign_up' || path === 'checkout' || path === 'store_checkout';
  const rowKb = ofNewUser ? sizes.rowKb : sizes.payerRowKb;
  const kb = call.endsWith('entitlements_table') ? rowKb : sizes.profileKb;
  return call.startsWith('dynamodb:GetItem')
    ? Math.ceil(kb / 4) * prices.dynamodb.readUnit
    : Math.ceil(kb) * prices.dynamodb.writeUnit;
}

/** Assumes runs that find nothing. Scans are eventually consistent reads, and batches strongly consistent ones. */
function reconcile(installation: Installation): number {
  const { users, traffic, reconcileRunsPerDay } = installation;
  const subscriptions = Math.ceil(users * traffic.paying);
  const none = { events: 0, refunds: 0, disputes: 0, creditNotes: 0, voidInvoices: 0, uncollectible: 0 };
  const size = { users, subscriptions, customers: users, ...none, fresh: 0 };
  const scanned = (users * (2 * sizes.profileKb + 3 * (sizes.rowKb + sizes.indexKb))) / 4 / 2;
  // The row of each profile, the profile of each row, both of each customer, and the row of each subscription. An item of the
  // index is read with eventual consistency, for half the price.
  const single = 4.5 * users + subscriptions;
  const minutes = reconcileRunCost(size).minutes + storeMinutes(installation);
  // One run at a time: runs that take longer than their share of the day are fewer.
  const runsPerDay = minutes === 0 ? 0 : Math.min(reconcileRunsPerDay, MINUTES_PER_DAY / minutes);
  const gbSeconds = (minutes * 60 * memoryMb.reconcile) / 1_024;
  const each = (scanned + single) * prices.dynamodb.readUnit + gbSeconds * prices.lambda.gbSecondArm;
  return runsPerDay * DAYS_PER_MONTH * each;
}

/** Returns how long a run waits for its turns at RevenueCat, which knows every user who has opened the app. */
function storeMinutes(installation: Installation): number {
  if (!sellsInStores(installation)) return 0;
  const { users, traffic } = installation;
  const { payingInStores } = traffic;
  return storeRunCost({ customers: users, rows: users * payingInStores }).minutes;
}

/** A read of the entitlements appears only in the access log. */
function logs(installation: Installation): number {
  const logging = pathsOf(installation).filter((path) => path !== 'entitlements');
  const lines = sum(logging.map((path) => times(installation, path)));
  const kb = lines * sizes.logLineKb + requestsOf(installation) * sizes.accessLineKb;
  return (kb / KB_PER_GB) * prices.cloudwatch.logGigabyte;
}

const secretCounts = { plain: 3, stores: 2 } as const;
/** Execution environments that run all month. Few installations have more. */
const BUSY_ENVIRONMENTS = 20;
/** The secrets that such an environment reads, once every ten minutes. */
const SECRETS_PER_ENVIRONMENT = 2;
const SECRET_READS_PER_DAY = 6 * 24;

/** What decides which alarms a stage has. */
const stages: Readonly<Record<'plain' | 'selling', StageShape>> = {
  plain: { stores: null, webhookQueue: null },
  selling: { stores: { revenueCatProjectId: '', allowSandbox: false }, webhookQueue: null },
};

function fixed(installation: Installation): number {
  const sells = sellsInStores(installation);
  const alarms = alarmsOf(sells ? stages.selling : stages.plain);
  const secrets = secretCounts.plain + (sells ? secretCounts.stores : 0);
  const counted = sum(
    alarms.map(({ source }) => (source.kind === 'log_metric' ? source.functions.length : 0)),
  );
  const { alarmMetric, metric, dashboard } = prices.cloudwatch;
  const reads = BUSY_ENVIRONMENTS * SECRETS_PER_ENVIRONMENT * SECRET_READS_PER_DAY * DAYS_PER_MONTH;
  return (
    sum(alarms.map(metricsIn)) * alarmMetric +
    // About as many metrics again have no alarm.
    2 * counted * metric +
    dashboard +
    secrets * prices.secrets.month +
    reads * prices.secrets.call
  );
}

/** Returns the number of metrics that an alarm adds up, because AWS bills an alarm by them. */
export function metricsIn({ source }: AlarmSpec): number {
  switch (source.kind) {
    case 'log_metric':
    case 'lambda':
    case 'lambda_p99':
      return source.functions.length;
    case 'dynamodb':
      return 2 * (source.metric === 'throttled' ? 2 : waitedForOperations().size);
    default:
      return 1;
  }
}

function waitedForOperations(): ReadonlySet<string> {
  const actions = functionNames
    .filter((name) => name !== 'reconcile')
    .flatMap((name) => permissions[name].flatMap((permission) => permission.actions));
  return new Set(actions.filter((action) => action.startsWith('dynamodb:')));
}

const isOfPayer = (call: string): boolean => /^(?:stripe|revenuecat) /.test(call);

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
