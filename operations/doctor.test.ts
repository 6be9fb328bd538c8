import { tmpdir } from 'node:os';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { partNames } from '../core/reconcile/parts.ts';
import { createLocalCloud, type LocalCloud } from '../local/cloud.ts';
import { type Front, type FrontRules, inFront as frontOf } from '../tests/support/in-front.ts';
import { scriptRunner } from '../tests/support/run-script.ts';

let cloud: LocalCloud;
let stripe: Stripe;
beforeAll(async () => {
  cloud = await createLocalCloud({ ephemeral: true, ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0 } });
  const { hostname: host, port } = new URL(cloud.urls.stripe);
  stripe = new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', {
    host,
    port: Number(port),
    protocol: 'http',
    telemetry: false,
  });
}, 60_000);
afterAll(() => cloud.close());

const fronts: Front[] = [];
afterEach(() => {
  for (const front of fronts.splice(0)) front.close();
});

function doctor(changes: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const env = { ...cloud.env, ...changes };
  return scriptRunner(new URL('doctor.ts', import.meta.url), { cwd: tmpdir(), env })(...args);
}

async function inFront(of: string, rules: FrontRules): Promise<string> {
  const front = await frontOf(of, rules);
  fronts.push(front);
  return front.url;
}

async function endpointId(): Promise<string> {
  const { data } = await stripe.webhookEndpoints.list();
  return data[0]?.id ?? '';
}

describe('npm run doctor', () => {
  it('finds nothing wrong with a fresh local cloud', async () => {
    const { code, text } = await doctor();
    expect(text).not.toContain('✗');
    expect(text.match(/^✓ /gm)).toHaveLength(12);
    expect(code).toBe(0);
  });

  it('tells programs the same', async () => {
    const { code, text } = await doctor({ TRIAL_DAYS: 'many' }, '--json');
    expect(code).toBe(2);
    const { findings } = JSON.parse(text) as { findings: { check: string; problems: unknown[] }[] };
    expect(findings.filter(({ problems }) => problems.length > 0)).toMatchObject([{ check: 'variables' }]);
  });

  const said = async (changes: Readonly<Record<string, string>>) => {
    const { code, text } = await doctor(changes);
    expect(code).toBe(2);
    for (const secret of [cloud.env['STRIPE_API_KEY'], cloud.env['STRIPE_WEBHOOK_SECRET']]) {
      expect(text).not.toContain(secret);
    }
    return text.split('\n').flatMap((line, index, all) => {
      return line.startsWith('✗ ') ? [[line.slice(2), (all[index + 1] ?? '').trim()]] : [];
    });
  };

  const start = 'npm start';
  const again = 'npm start, and look again from a new terminal';
  const fresh = 'npm start -- --ephemeral, which begins with nothing kept';

  it.each([
    [
      'a variable that is missing',
      { CHECKOUT_PRICES: '' },
      ['variables: CHECKOUT_PRICES is not set (checkout)', again],
    ],
    [
      'a variable that cannot be read',
      { PAST_DUE_GRACE_DAYS: 'a few' },
      [
        'variables: PAST_DUE_GRACE_DAYS (a number of at least 0) has a value that cannot be read (entitlements-api, checkout)',
        again,
      ],
    ],
    ['a table that is missing', { USERS_TABLE: 'Nowhere' }, ['tables: there is no table Nowhere', start]],
    [
      'a pool that is missing',
      { COGNITO_USER_POOL_ID: 'us-east-1_gone' },
      ['trigger: there is no user pool us-east-1_gone', again],
    ],
    [
      'a price that nobody sells',
      { CHECKOUT_PRICES: 'pro_monthly,gold' },
      ['prices: Stripe sells nothing as gold: no active price has it as id or lookup key', again],
    ],
    [
      'a publishable key',
      { STRIPE_API_KEY: 'pk_test_123' },
      [
        'stripe key: the Stripe API key is a publishable one, for browsers: a secret or restricted one is due',
        again,
      ],
    ],
    [
      'a key that was rolled',
      { STRIPE_API_KEY: 'sk_test_rolled' },
      ['stripe key: Stripe refuses the API key: it was rolled or deleted', again],
    ],
    [
      'a webhook secret that the function does not have',
      { STRIPE_WEBHOOK_SECRET: 'whsec_another' },
      [
        'webhook: the webhook refuses what is signed with the stored secret: it has another one, or its clock is wrong',
        again,
      ],
    ],
    [
      'a secret that is none',
      { STRIPE_WEBHOOK_SECRET: 'sk_test_mistaken' },
      ['webhook: the webhook secret is none of Stripe’s: they begin whsec_', again],
    ],
  ])('%s', async (_, changes, problem) => {
    expect(await said(changes)).toEqual([problem]);
  });

  it('a table with another key', async () => {
    const client = new DynamoDBClient({
      endpoint: cloud.urls.dynamodb,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    await client.send(
      new CreateTableCommand({
        TableName: 'Keyed',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists(
      { client, maxWaitTime: 10, minDelay: 0.1, maxDelay: 0.2 },
      { TableName: 'Keyed' },
    );
    expect(await said({ ENTITLEMENTS_TABLE: 'Keyed' })).toEqual([
      ['tables: table Keyed has the key id:HASH:N, and needs cognito_sub:HASH:S: name another table', again],
    ]);
  });

  it('a webhook whose function has no key to work with', async () => {
    const broken = (path: string): [number, object] | undefined =>
      path.startsWith('/stripe/') ? [503, { code: 'unavailable' }] : undefined;
    expect(await said({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: broken }) })).toContainEqual([
      'webhook: POST /stripe/webhook answers 503 to a delivery without a signature, and not 400',
      'the terminal of npm start, which shows what the function says',
    ]);
  });

  it('a restricted key that may not read what the functions read, or not the endpoints', async () => {
    const empty = { object: 'list', data: [], has_more: false, url: '/' };
    const forbidden = /^\/v1\/(?:subscriptions|prices|webhook_endpoints)/;
    const answer = (path: string): [number, object] =>
      forbidden.test(path)
        ? [403, { error: { type: 'invalid_request_error', message: 'no' } }]
        : [200, empty];
    const STRIPE_API_BASE = await inFront(cloud.urls.stripe, { answer, date: new Date().toUTCString() });
    expect(await said({ STRIPE_API_KEY: 'rk_test_narrow', STRIPE_API_BASE })).toEqual([
      ['stripe key: the restricted Stripe API key may not read subscriptions, prices', again],
      [
        'webhook endpoint: the restricted Stripe API key may not read webhook endpoints: nobody can tell',
        again,
      ],
    ]);
  });

  it('events that wait to be taken', async () => {
    const waiting = await inFront(cloud.urls.stripe, {
      answer: (path) =>
        path.startsWith('/v1/events')
          ? [
              200,
              {
                object: 'list',
                data: [{ id: 'evt_1', object: 'event' }],
                has_more: false,
                url: '/v1/events',
              },
            ]
          : undefined,
    });
    expect(await said({ STRIPE_API_BASE: waiting })).toEqual([
      [
        'deliveries: 1 events of the last three days have not been taken by an endpoint',
        'npm run reconcile -- --part undelivered',
      ],
    ]);
    expect(partNames).toContain('undelivered');
  });

  it('routes that anyone reaches, since the authorizer is off', async () => {
    const reached = (path: string): [number, object] | undefined =>
      path.startsWith('/me/') ? [401, { code: 'unauthorized' }] : undefined;
    const problems = await said({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: reached }) });
    expect(problems).toContainEqual([
      'authorizer: GET /me/entitlements has no authorizer: anyone reaches the function',
      start,
    ]);
    expect(problems.filter(([what]) => what?.startsWith('authorizer'))).toHaveLength(5);
  });

  it('a webhook that Stripe cannot reach, since it has an authorizer', async () => {
    const guarded = (path: string): [number, object] | undefined =>
      path.startsWith('/stripe/') ? [401, { message: 'Unauthorized' }] : undefined;
    const problems = await said({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: guarded }) });
    expect(problems).toContainEqual([
      'webhook: POST /stripe/webhook has an authorizer: Stripe cannot get through',
      start,
    ]);
  });

  it('a clock that is wrong', async () => {
    const date = new Date(Date.now() - 400_000).toUTCString();
    const problems = await said({ STRIPE_API_BASE: await inFront(cloud.urls.stripe, { date }) });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.[0]).toMatch(
      /^clock: the clocks of this machine and of Stripe are (?:399|40\d) s apart/,
    );
    expect(problems[0]?.[1]).toContain('set-ntp');
  });

  it('an endpoint at Stripe that is not sent all events, is disabled, is there twice, or is gone', async () => {
    const id = await endpointId();
    await stripe.webhookEndpoints.update(id, { enabled_events: ['customer.deleted'] });
    const [[unheard, heard] = []] = await said({});
    expect(unheard).toContain('webhook endpoint: the webhook endpoint is not sent charge.dispute.closed, ');
    expect(heard).toBe(again);
    await stripe.webhookEndpoints.update(id, { enabled_events: ['*'], disabled: true });
    expect(await said({})).toEqual([[`webhook endpoint: the webhook endpoint ${id} is disabled`, again]]);
    await stripe.webhookEndpoints.update(id, { disabled: false });
    const { url } = await stripe.webhookEndpoints.retrieve(id);
    const second = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    expect(await said({})).toEqual([
      ['webhook endpoint: 2 endpoints send to this API: a roll is not finished', fresh],
    ]);
    for (const one of [id, second.id]) await stripe.webhookEndpoints.del(one);
    expect(await said({})).toEqual([
      ['webhook endpoint: Stripe has no webhook endpoint for this API', again],
    ]);
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
  });

  it('says in one line that no cloud runs, or that a stage is unknown', async () => {
    const none = await doctor({ LOCAL_API_URL: '' });
    expect(none).toMatchObject({
      code: 1,
      text: expect.stringContaining('No local cloud runs here: npm start'),
    });
    const unknown = await doctor({}, '--stage', 'moon');
    expect(unknown).toEqual({ code: 1, text: '--stage is one of dev, prod, not moon\n' });
    const ended = await doctor({ LOCAL_API_URL: 'http://127.0.0.1:9' });
    expect(ended).toEqual({
      code: 1,
      text: 'Nothing answers at http://127.0.0.1:9, where the local cloud ran last: npm start\n',
    });
    const away = await doctor({ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' });
    expect(away.text).toContain('✗ tables: could not be checked: ECONNREFUSED');
  });
});
