import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { permissions } from '../../infra/permissions.ts';
import { createFifoQueue, type FifoQueue } from '../../local/sqs/fifo-queue.ts';
import { queueUrlAt } from '../../local/sqs/names.ts';
import { sqsListener } from '../../local/sqs/server.ts';
import { monthlyPrice } from '../support/payers.ts';
import { awsCallsIn, isPermitted } from '../support/permissions.ts';
import { createRevenueCatStub, STORE_KEY, STORE_PROJECT } from '../support/revenuecat-stub.ts';
import { API_KEY, createStage, type Stage, WEBHOOK_SECRET } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
import { openWire, type Wire } from '../support/wire.ts';
import { type PathContext, plainPaths, rarePaths } from './paths.ts';
import { plainStorePaths, rareStorePaths, STORE_HEADER } from './store-paths.ts';

const file = new URL('../../infra/recorded-calls.json', import.meta.url);
const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`;
const secretValues: Readonly<Record<string, string>> = {
  [arnOf('api-key')]: API_KEY,
  [arnOf('webhook')]: WEBHOOK_SECRET,
  [arnOf('store-key')]: STORE_KEY,
  [arnOf('store-webhook')]: STORE_HEADER,
  [arnOf('trial')]: 'a-hash-key-for-tests-of-more-than-thirty-two-characters',
};

/** A stage, and the wire to RevenueCat if its apps sell in app stores. */
interface Recorded {
  readonly stage: Stage;
  readonly revenueCat: Wire | null;
}

let environment: Stage['env'] = {};
let secretsManager: Server;
const used = new Set<string>();
const denied: unknown[] = [];
const recorded: Record<string, unknown> = {};

function record(service: string, calls: Wire['calls']): void {
  for (const call of calls.flatMap((call) => awsCallsIn(service, call, environment))) {
    used.add([call.caller, call.action, call.resource].join(' '));
    if (!isPermitted(call)) denied.push(call);
  }
}

/** Records the calls of a path, and forgets them. */
function recordAll({ stage, revenueCat }: Recorded): void {
  record('dynamodb', stage.wires.dynamodb.calls);
  record('cognito-idp', stage.wires.cognito.calls);
  stage.calm();
  revenueCat?.clear();
}

/** Counts the calls by name, such as `GetItem users_table` or `stripe GET /v1/subscriptions`. */
function countsOf({ stage, revenueCat }: Recorded): Readonly<Record<string, number>> {
  const aws = [
    ...stage.wires.dynamodb.calls.flatMap((call) => awsCallsIn('dynamodb', call, stage.env)),
    ...stage.wires.cognito.calls.flatMap((call) => awsCallsIn('cognito-idp', call, stage.env)),
  ].map(({ action, resource }) => `${action} ${resource}`);
  const stripe = stage.wires.stripe
    .names()
    .map((name) => `stripe ${name.replace(/\b(?<kind>cus|cs|sub)_\w+/g, '$<kind>_ID')}`);
  const stores = (revenueCat?.names() ?? []).map(
    (name) =>
      `revenuecat ${name.replace(/\/v2\/projects\/\w+/, '').replace(/\/(?<kind>customers|products)\/[^/]+/, '/$<kind>/ID')}`,
  );
  const counts: Record<string, number> = {};
  for (const name of [...aws, ...stripe, ...stores].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function serveSecrets(): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await buffer(request)).toString('utf8');
    const caller =
      /\bapp\/(?<name>[\w-]+)/.exec(request.headers['user-agent'] ?? '')?.groups?.['name'] ?? null;
    const name = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    record('secretsmanager', [{ name, url: '/', body, caller }]);
    const { SecretId } = JSON.parse(body) as { readonly SecretId: string };
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: secretValues[SecretId] }));
  };
  secretsManager = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(secretsManager.address() as AddressInfo).port}`;
}

async function stageWith(more: Readonly<Record<string, string>>): Promise<Stage> {
  const stage = await createStage({
    concurrency: 2,
    env: {
      RECONCILE_STRIPE_SHARE: '1',
      STRIPE_API_KEY: '',
      STRIPE_API_KEY_SECRET_ARN: arnOf('api-key'),
      STRIPE_WEBHOOK_SECRET: '',
      STRIPE_WEBHOOK_SECRET_SECRET_ARN: arnOf('webhook'),
      TRIAL_HASH_KEY: '',
      TRIAL_HASH_KEY_SECRET_ARN: arnOf('trial'),
      ...more,
    },
  });
  environment = stage.env;
  return stage;
}

async function contextOf(stage: Stage): Promise<PathContext> {
  const price = await monthlyPrice(stage);
  await stage.stripe.prices.update(price, { lookup_key: 'pro_monthly' });
  return { stage, price };
}

interface Paths<Context> {
  readonly plain: Readonly<Record<string, (context: Context) => Promise<() => Promise<unknown>>>>;
  readonly rare: Readonly<Record<string, (context: Context) => Promise<unknown>>>;
}

async function runPaths<Context>(from: Recorded, context: Context, { plain, rare }: Paths<Context>) {
  for (const [name, prepare] of Object.entries(plain)) {
    const run = await prepare(context);
    recordAll(from);
    await run();
    recorded[name] = countsOf(from);
    recordAll(from);
  }
  for (const run of Object.values(rare)) {
    await run(context);
    recordAll(from);
  }
}

/** The function that a stage with a queue has in front of it. The worker behind it is called as without one. */
async function runIntake(secrets: Readonly<Record<string, string>>): Promise<void> {
  const time = { nowMs: () => Date.now(), visibilityTimeoutMs: 120_000 };
  const [queue, deadLetters] = [0, 1].map(() => createFifoQueue({ ...time, redrive: null })) as [
    FifoQueue,
    FifoQueue,
  ];
  const sqs = await openWire(sqsListener({ queue, deadLetters, onMessage: () => undefined }));
  const STRIPE_EVENT_QUEUE_URL = queueUrlAt(sqs.url);
  const stage = await stageWith({ ...secrets, AWS_ENDPOINT_URL_SQS: sqs.url, STRIPE_EVENT_QUEUE_URL });
  const object = { id: 'sub_1', object: 'subscription', customer: 'cus_1' };
  await stage.call('stripe-webhook-intake', delivered(stripeEvent('customer.subscription.updated', object)));
  record('sqs', sqs.calls);
  await stage.close();
  await sqs.close();
}

beforeAll(async () => {
  const secrets = { AWS_ENDPOINT_URL_SECRETS_MANAGER: await serveSecrets() };
  const stage = await stageWith(secrets);
  const paths = { plain: plainPaths, rare: rarePaths };
  await runPaths({ stage, revenueCat: null }, await contextOf(stage), paths);
  await stage.close();
  const stub = createRevenueCatStub();
  const revenueCat = await openWire(stub.listener);
  const selling = await stageWith({
    ...secrets,
    REVENUECAT_PROJECT_ID: STORE_PROJECT,
    REVENUECAT_API_KEY: '',
    REVENUECAT_API_KEY_SECRET_ARN: arnOf('store-key'),
    REVENUECAT_API_BASE: revenueCat.url,
    REVENUECAT_WEBHOOK_SECRET: '',
    REVENUECAT_WEBHOOK_SECRET_SECRET_ARN: arnOf('store-webhook'),
  });
  const context = { ...(await contextOf(selling)), revenueCat: stub };
  await runPaths({ stage: selling, revenueCat }, context, { plain: plainStorePaths, rare: rareStorePaths });
  await selling.close();
  await revenueCat.close();
  // Most installations begin rows without a trial, so it is no part of the cost.
  const withTrial = await stageWith({ ...secrets, SIGN_UP_TRIAL_DAYS: '7' });
  const signUp = async (of: PathContext) => (await plainPaths.sign_up(of))();
  await runPaths({ stage: withTrial, revenueCat: null }, await contextOf(withTrial), {
    plain: {},
    rare: { signUp },
  });
  await withTrial.close();
  await runIntake(secrets);
}, 120_000);
afterAll(() => {
  secretsManager.close();
});

describe('The permissions of the functions', () => {
  it('allow every call that any function makes, on the resource of that call', () => {
    expect(denied).toEqual([]);
  });

  it('allow nothing that no function uses', () => {
    const allowed = functionNames.flatMap((name) =>
      permissions[name].flatMap(({ actions, resource }) =>
        actions.map((action) => [name, action, resource].join(' ')),
      ),
    );
    expect(allowed.filter((one) => !used.has(one))).toEqual([]);
    expect([...used].sort()).toEqual([...allowed].sort());
  });

  it('limit the functions that are called most to single items, secrets, and one user of the pool', () => {
    const names = [
      'post-confirmation',
      'stripe-webhook',
      'revenuecat-webhook',
      'entitlements-api',
      'delete-user',
    ] as const;
    const actions = names.flatMap((name) => permissions[name].flatMap((one) => one.actions));
    expect(
      actions.filter((action) => !/^dynamodb:(?:Get|Put|Update|Delete)Item$/.test(action)).sort(),
    ).toEqual([
      'cognito-idp:AdminDeleteUser',
      'cognito-idp:AdminGetUser',
      'cognito-idp:AdminGetUser',
      'cognito-idp:ListUsers',
      'cognito-idp:ListUsers',
      ...Array.from({ length: 8 }, () => 'secretsmanager:GetSecretValue'),
    ]);
  });
});

it('The calls in the cost model are the calls that the functions make (RECORD=1 records them again)', () => {
  if (process.env['RECORD'] === '1') writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
  expect(recorded).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});
