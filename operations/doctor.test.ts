import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../local/cloud.ts';
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

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function doctor(changes: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const env = { ...cloud.env, ...changes };
  return scriptRunner(new URL('doctor.ts', import.meta.url), { cwd: tmpdir(), env })(...args);
}

/** In front of a part of the cloud, with other headers or answers. */
async function inFront(
  of: string,
  spoil: { readonly date?: string; readonly answer?: (path: string) => [number, object] | undefined },
): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const answer = spoil.answer?.(incoming.url ?? '');
    if (answer !== undefined) {
      outgoing.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
      return;
    }
    const { method, headers, url } = incoming;
    const onward = request(new URL(url ?? '/', of), { method: method ?? 'GET', headers }, (reply) => {
      const date = spoil.date === undefined ? {} : { date: spoil.date };
      outgoing.writeHead(reply.statusCode ?? 502, { ...reply.headers, ...date });
      reply.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function endpointId(): Promise<string> {
  const { data } = await stripe.webhookEndpoints.list();
  return data[0]?.id ?? '';
}

describe('npm run doctor', () => {
  it('finds nothing wrong with a fresh local cloud', async () => {
    const { code, text } = await doctor();
    expect(text).not.toContain('✗');
    expect(text.match(/^✓ /gm)).toHaveLength(11);
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

  it.each([
    [
      'a variable that is missing',
      { CHECKOUT_PRICES: '' },
      'variables: CHECKOUT_PRICES is not set (checkout)',
    ],
    [
      'a variable that cannot be read',
      { PAST_DUE_GRACE_DAYS: 'a few' },
      'variables: PAST_DUE_GRACE_DAYS (a number from 0 on) has a value that cannot be read (entitlements-api, checkout)',
    ],
    ['a table that is missing', { USERS_TABLE: 'Nowhere' }, 'tables: there is no table Nowhere'],
    [
      'a pool that is missing',
      { COGNITO_USER_POOL_ID: 'us-east-1_gone' },
      'trigger: there is no user pool us-east-1_gone',
    ],
    [
      'a price that nobody sells',
      { CHECKOUT_PRICES: 'pro_monthly,gold' },
      'prices: Stripe sells nothing as gold: no active price has it as id or lookup key',
    ],
    [
      'a publishable key',
      { STRIPE_API_KEY: 'pk_test_123' },
      'stripe key: the Stripe API key is a publishable one, for browsers: a secret or restricted one is due',
    ],
    [
      'a key that was rolled',
      { STRIPE_API_KEY: 'sk_test_rolled' },
      'stripe key: Stripe refuses the API key: it was rolled or deleted',
    ],
    [
      'a webhook secret that the function does not have',
      { STRIPE_WEBHOOK_SECRET: 'whsec_another' },
      'webhook: the webhook refuses what is signed with the stored secret: it has another one, or its clock is wrong',
    ],
    [
      'a secret that is none',
      { STRIPE_WEBHOOK_SECRET: 'sk_test_mistaken' },
      'webhook: the webhook secret is none of Stripe’s: they begin whsec_',
    ],
  ])('%s', async (_, changes, line) => {
    const problems = await said(changes);
    expect(problems.map(([what]) => what)).toEqual([line]);
    expect(problems[0]?.[1]).toContain(start);
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
    const [[line] = []] = await said({ ENTITLEMENTS_TABLE: 'Keyed' });
    expect(line).toMatch(
      /^tables: table Keyed (?:has the key id:HASH:N, and needs cognito_sub:HASH:S|is CREATING)/,
    );
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
    const [[unheard] = []] = await said({});
    expect(unheard).toContain('webhook endpoint: the webhook endpoint is not sent charge.dispute.closed, ');
    await stripe.webhookEndpoints.update(id, { enabled_events: ['*'], disabled: true });
    expect(await said({})).toEqual([[`webhook endpoint: the webhook endpoint ${id} is disabled`, start]]);
    await stripe.webhookEndpoints.update(id, { disabled: false });
    const { url } = await stripe.webhookEndpoints.retrieve(id);
    const second = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    const [[twice] = []] = await said({});
    expect(twice).toBe('webhook endpoint: 2 endpoints send to this API: a roll is not finished');
    for (const one of [id, second.id]) await stripe.webhookEndpoints.del(one);
    expect(await said({})).toEqual([
      ['webhook endpoint: Stripe has no webhook endpoint for this API', start],
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
    const away = await doctor({ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' });
    expect(away.text).toContain('✗ tables: could not be checked: ECONNREFUSED');
  });
});
