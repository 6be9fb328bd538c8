import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { permissions } from '../../infra/permissions.ts';
import { monthlyPrice } from '../support/payers.ts';
import { awsCallsIn, isPermitted } from '../support/permissions.ts';
import { API_KEY, createStage, type Stage, WEBHOOK_SECRET } from '../support/stage.ts';
import { plainPaths, rarePaths } from './paths.ts';

const file = new URL('../../infra/recorded-calls.json', import.meta.url);
const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`;
const secretValues: Readonly<Record<string, string>> = {
  [arnOf('api-key')]: API_KEY,
  [arnOf('webhook')]: WEBHOOK_SECRET,
  [arnOf('trial')]: 'a-hash-key-for-tests-of-more-than-thirty-two-characters',
};

let stage: Stage;
let secretsManager: Server;
const used = new Set<string>();
const denied: unknown[] = [];
let recorded: Readonly<Record<string, unknown>>;

function record(service: string, calls: Stage['wires']['dynamodb']['calls']): void {
  for (const call of calls.flatMap((call) => awsCallsIn(service, call, stage.env))) {
    used.add([call.caller, call.action, call.resource].join(' '));
    if (!isPermitted(call)) denied.push(call);
  }
}

function recordAll(): void {
  record('dynamodb', stage.wires.dynamodb.calls);
  record('cognito-idp', stage.wires.cognito.calls);
}

/** Counts the calls by name, such as `GetItem users_table` or `stripe GET /v1/subscriptions`. */
function countsOf(): Readonly<Record<string, number>> {
  const aws = [
    ...stage.wires.dynamodb.calls.flatMap((call) => awsCallsIn('dynamodb', call, stage.env)),
    ...stage.wires.cognito.calls.flatMap((call) => awsCallsIn('cognito-idp', call, stage.env)),
  ].map(({ action, resource }) => `${action} ${resource}`);
  const stripe = stage.wires.stripe
    .names()
    .map((name) => `stripe ${name.replace(/\b(?<kind>cus|cs|sub)_\w+/g, '$<kind>_ID')}`);
  const counts: Record<string, number> = {};
  for (const name of [...aws, ...stripe].sort()) counts[name] = (counts[name] ?? 0) + 1;
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

beforeAll(async () => {
  const env = {
    RECONCILE_STRIPE_SHARE: '1',
    STRIPE_API_KEY: '',
    STRIPE_API_KEY_SECRET_ARN: arnOf('api-key'),
    STRIPE_WEBHOOK_SECRET: '',
    STRIPE_WEBHOOK_SECRET_SECRET_ARN: arnOf('webhook'),
    TRIAL_HASH_KEY: '',
    TRIAL_HASH_KEY_SECRET_ARN: arnOf('trial'),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await serveSecrets(),
  };
  stage = await createStage({ concurrency: 2, env });
  const price = await monthlyPrice(stage);
  await stage.stripe.prices.update(price, { lookup_key: 'pro_monthly' });
  const context = { stage, price };
  const counts: Record<string, unknown> = {};
  for (const [name, prepare] of Object.entries(plainPaths)) {
    const run = await prepare(context);
    recordAll();
    stage.calm();
    await run();
    counts[name] = countsOf();
    recordAll();
    stage.calm();
  }
  for (const run of Object.values(rarePaths)) {
    await run(context);
    recordAll();
    stage.calm();
  }
  recorded = counts;
  // Most installations begin rows without a trial, so it is no part of the cost.
  await stage.close();
  stage = await createStage({ env: { ...env, SIGN_UP_TRIAL_DAYS: '7' } });
  await (await plainPaths.sign_up({ stage, price }))();
  recordAll();
}, 120_000);
afterAll(async () => {
  await stage.close();
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

  it('limit the first four functions to single items, secrets, and one user of the pool', () => {
    const firstFour = ['post-confirmation', 'stripe-webhook', 'entitlements-api', 'delete-user'] as const;
    const actions = firstFour.flatMap((name) => permissions[name].flatMap((one) => one.actions));
    expect(
      actions.filter((action) => !/^dynamodb:(?:Get|Put|Update|Delete)Item$/.test(action)).sort(),
    ).toEqual([
      'cognito-idp:AdminDeleteUser',
      'cognito-idp:AdminGetUser',
      'cognito-idp:ListUsers',
      ...Array.from({ length: 5 }, () => 'secretsmanager:GetSecretValue'),
    ]);
  });
});

it('The calls in the cost model are the calls that the functions make (RECORD=1 records them again)', () => {
  if (process.env['RECORD'] === '1') writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
  expect(recorded).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});
