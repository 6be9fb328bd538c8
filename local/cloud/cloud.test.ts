import { access, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFunctions } from '../../tests/support/test-cloud.ts';
import { createLocalCloud, type LocalCloud } from './cloud.ts';

const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
const bodies = {
  'post-confirmation': 'return event;',
  'stripe-webhook': `
    if (!event.body) return process.env;
    if (process.env.SEEN) require('node:fs').appendFileSync(process.env.SEEN, JSON.parse(event.body).type + ' ');
    return { statusCode: 200 };`,
  'entitlements-api': 'return { statusCode: 200, body: "{}" };',
  'delete-user': 'return { statusCode: 200 };',
};

let functionsDirectory: string;
beforeAll(async () => {
  functionsDirectory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  await writeFunctions(functionsDirectory, bodies);
});
afterAll(() => rm(functionsDirectory, { recursive: true }));

const exists = async (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function stripeOf(cloud: LocalCloud): Stripe {
  const { hostname, port } = new URL(cloud.urls.stripe);
  return new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', { host: hostname, port, protocol: 'http' });
}

function dynamoDbOf(cloud: LocalCloud): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint: cloud.urls.dynamodb, region: 'us-east-1', credentials });
}

describe('An ephemeral cloud', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await createLocalCloud({
      ports,
      ephemeral: true,
      functionsDirectory,
      tables: { users: 'UsersOfTest', entitlements: 'entitlements_of_test' },
      functionEnvironment: { EXTRA: "it's", SEEN: path.join(functionsDirectory, 'seen') },
    });
  });
  afterAll(() => cloud.close());

  const webhooksSeen = async (): Promise<string> =>
    readFile(path.join(functionsDirectory, 'seen'), 'utf8').catch(() => '');

  it("gives the functions the product's environment and the variables that the caller adds", async () => {
    const result = await cloud.invoke('stripe-webhook', {});
    const env = result.ok ? result.payload : {};
    expect(env).toMatchObject({
      AWS_REGION: 'us-east-1',
      USERS_TABLE: 'UsersOfTest',
      ENTITLEMENTS_TABLE: 'entitlements_of_test',
      STRIPE_API_KEY: 'sk_test_local_predixa',
      STRIPE_WEBHOOK_SECRET: expect.stringMatching(/^whsec_/),
      TRIAL_DAYS: '7',
      COGNITO_USER_POOL_ID: cloud.ids.userPoolId,
      COGNITO_CLIENT_ID: cloud.ids.clientId,
      AWS_ENDPOINT_URL_DYNAMODB: cloud.urls.dynamodb,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cloud.urls.cognito,
      STRIPE_API_BASE: cloud.urls.stripe,
      REVENUECAT_API_KEY: 'sk_local_predixa_revenuecat',
      REVENUECAT_API_BASE: cloud.urls.revenuecat,
      REVENUECAT_PROJECT_ID: cloud.ids.revenuecatProject,
      REVENUECAT_WEBHOOK_SECRET: expect.stringMatching(/^rcwh_[0-9a-f]{48}$/),
      EXTRA: "it's",
    });
    expect(env).not.toHaveProperty('LOCAL_API_URL');
  });

  it('has ids in the format of the real services', () => {
    expect(cloud.ids.userPoolId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
    expect(cloud.ids.clientId).toMatch(/^[a-z0-9]{26}$/);
    expect(cloud.urls.issuer).toBe(`${cloud.urls.cognito}/${cloud.ids.userPoolId}`);
  });

  it('sells a monthly and a yearly price', async () => {
    const stripe = stripeOf(cloud);
    expect(await stripe.prices.retrieve(cloud.ids.priceMonthly)).toMatchObject({
      lookup_key: 'pro_monthly',
      unit_amount: 990,
      currency: 'usd',
      recurring: { interval: 'month' },
    });
    expect(await stripe.prices.retrieve(cloud.ids.priceYearly)).toMatchObject({
      lookup_key: 'pro_yearly',
      unit_amount: 9_900,
      recurring: { interval: 'year' },
    });
  });

  it('delivers Stripe events to the webhook function', async () => {
    await stripeOf(cloud).customers.create({ name: 'Ada' });
    await cloud.settled();
    expect(await webhooksSeen()).toContain('customer.created');
  });

  it('is empty after a reset, keeps its addresses, and works as before', async () => {
    const before = cloud.urls;
    const dynamodb = dynamoDbOf(cloud);
    const key = { userId: { S: 'a' } };
    await dynamodb.send(new PutItemCommand({ TableName: 'UsersOfTest', Item: key }));
    await cloud.signInFederated({ provider: 'Google', id: '1', email: 'a@example.com' });
    const { sub } = await cloud.signInFederated({ provider: 'Google', id: '1', email: 'a@example.com' });
    await cloud.reset();
    expect(cloud.urls).toEqual(before);
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'UsersOfTest', Key: key }));
    expect(Item).toBeUndefined();
    expect((await stripeOf(cloud).customers.list()).data).toEqual([]);
    expect(await stripeOf(cloud).prices.retrieve(cloud.ids.priceMonthly)).toBeDefined();
    const again = await cloud.signInFederated({ provider: 'Google', id: '1', email: 'a@example.com' });
    expect(again.sub).not.toBe(sub);
    await rm(path.join(functionsDirectory, 'seen'), { force: true });
    await stripeOf(cloud).customers.create({ name: 'Ada' });
    await cloud.settled();
    expect(await webhooksSeen()).toContain('customer.created');
    dynamodb.destroy();
  });

  it('leaves no server and no file behind when it closes, and can be closed twice', async () => {
    const closing = await createLocalCloud({ ports, ephemeral: true, functionsDirectory });
    const file = closing.status.environmentFile;
    expect(await exists(file)).toBe(true);
    await Promise.all([closing.close(), closing.close()]);
    await closing.close();
    expect(await exists(path.dirname(file))).toBe(false);
    for (const url of [
      closing.urls.api,
      closing.urls.dynamodb,
      closing.urls.cognito,
      closing.urls.stripe,
      closing.urls.revenuecat,
    ]) {
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    }
  });
});

describe('A cloud with a directory', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('keeps users, rows, customers, purchases, prices and the webhook secrets across a restart', async () => {
    const first = await createLocalCloud({ ports, directory, functionsDirectory });
    const { sub } = await first.signInFederated({ provider: 'Google', id: '1', email: 'a@example.com' });
    const customer = await stripeOf(first).customers.create({ name: 'Ada' });
    const row = { userId: { S: sub } };
    const before = dynamoDbOf(first);
    await before.send(new PutItemCommand({ TableName: 'UserProfiles', Item: row }));
    before.destroy();
    await first.settled();
    await first.close();

    const second = await createLocalCloud({ ports, directory, functionsDirectory });
    const again = await second.signInFederated({ provider: 'Google', id: '1', email: 'a@example.com' });
    expect(again.sub).toBe(sub);
    expect(await stripeOf(second).customers.retrieve(customer.id)).toMatchObject({ name: 'Ada' });
    const after = dynamoDbOf(second);
    const { Item } = await after.send(new GetItemCommand({ TableName: 'UserProfiles', Key: row }));
    after.destroy();
    expect(Item).toEqual(row);
    expect(second.ids).toEqual(first.ids);
    for (const name of ['STRIPE_WEBHOOK_SECRET', 'REVENUECAT_WEBHOOK_SECRET']) {
      expect(second.env[name]).toBe(first.env[name]);
    }
    const { data } = await stripeOf(second).webhookEndpoints.list();
    expect(data.map(({ url }) => url)).toEqual([second.urls.webhook]);
    await second.close();
  });

  it('locks the directory against a second cloud, names the process that holds it, and unlocks it on close', async () => {
    const first = await createLocalCloud({ ports, directory, functionsDirectory });
    await expect(createLocalCloud({ ports, directory, functionsDirectory })).rejects.toThrow(
      `${directory} is in use by another local cloud (process ${process.pid})`,
    );
    const file = path.join(directory, 'env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(`export LOCAL_API_URL='${first.urls.api}'\n`);
    await first.close();
    expect(await exists(file)).toBe(false);
    expect(await exists(path.join(directory, 'lock'))).toBe(false);
  });

  it.each(['api', 'dynamodb', 'cognito', 'stripe', 'revenuecat'] as const)(
    'does not start when the %s port is taken, names the port and the flag, and stops what it had started',
    async (part) => {
      const first = await createLocalCloud({ ports, ephemeral: true, functionsDirectory });
      const port = Number(new URL(first.urls.api).port);
      const taken = createLocalCloud({ ports: { ...ports, [part]: port }, directory, functionsDirectory });
      await expect(taken).rejects.toThrow(`Port ${port} is already in use`);
      await expect(taken).rejects.toThrow(`Choose another with --${part}-port PORT`);
      expect(await exists(path.join(directory, 'lock'))).toBe(false);
      await first.close();
    },
  );
});
