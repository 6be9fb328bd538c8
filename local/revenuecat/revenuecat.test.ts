import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { functionSpecs } from '../../contract/functions.ts';
import { writeFunctions } from '../../tests/support/test-cloud.ts';
import { createLocalCloud, type LocalCloud } from '../cloud/cloud.ts';

const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
const MONTH_SECONDS = 31 * 24 * 3600;
/** A function of this test behind the route of the webhook. It stores what it receives. */
const functions = {
  'post-confirmation': functionSpecs['post-confirmation'],
  'stripe-webhook': functionSpecs['stripe-webhook'],
  receiver: {
    timeoutSeconds: 5,
    routes: [{ method: 'POST', path: '/revenuecat/webhook', authorizer: 'none' }],
  },
} as const;
const body = `
  const { event: { type } } = JSON.parse(event.body);
  const line = JSON.stringify({ type, authorization: event.headers.authorization });
  require('node:fs').appendFileSync(process.env.SEEN, line + '\\n');
  return { statusCode: 200 };`;

let functionsDirectory: string;
let directory: string;
let cloud: LocalCloud;
let seen: string;

const open = async (): Promise<LocalCloud> =>
  createLocalCloud({ ports, directory, functionsDirectory, functions, functionEnvironment: { SEEN: seen } });

beforeAll(async () => {
  functionsDirectory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  await writeFunctions(functionsDirectory, {
    'post-confirmation': 'return event;',
    'stripe-webhook': 'return { statusCode: 200 };',
    receiver: body,
  });
});
afterAll(() => rm(functionsDirectory, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  seen = path.join(directory, 'seen');
  cloud = await open();
});
afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true });
});

async function call(service: 'stripe' | 'revenuecat', route: string, fields?: object) {
  const init = fields === undefined ? {} : { method: 'POST', body: JSON.stringify(fields) };
  const response = await fetch(`${cloud.urls[service]}/_simulator${route}`, init);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

async function deliveries(): Promise<readonly { type: string; authorization: string }[]> {
  await cloud.settled();
  const text = await readFile(seen, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { type: string; authorization: string });
}

async function buy(product = 'monthly_pro') {
  return call('revenuecat', '/customers/ann/purchase', { product });
}

async function subscriptions(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { env } = cloud;
  const base = `${env['REVENUECAT_API_BASE']}/v2/projects/${env['REVENUECAT_PROJECT_ID']}`;
  const headers = { Authorization: `Bearer ${env['REVENUECAT_API_KEY']}` };
  const response = await fetch(`${base}/customers/ann/subscriptions`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: Readonly<Record<string, unknown>>[] }).items;
}

describe('RevenueCat in the local cloud', () => {
  it('sells the demo products, and delivers its webhook to the API with the secret', async () => {
    await buy();
    expect(await subscriptions()).toMatchObject([{ gives_access: true }]);
    expect(await deliveries()).toEqual([
      { type: 'INITIAL_PURCHASE', authorization: cloud.env['REVENUECAT_WEBHOOK_SECRET'] },
    ]);
    expect(await buy('yearly_pro')).toMatchObject({ entitlements: { items: [{ lookup_key: 'pro' }] } });
  });

  it('renews when the clock of Stripe advances', async () => {
    await buy();
    await call('stripe', '/clock/advance', { seconds: MONTH_SECONDS });
    expect((await deliveries()).map(({ type }) => type)).toEqual(['INITIAL_PURCHASE', 'RENEWAL']);
    const state = await call('revenuecat', '');
    const stripe = await call('stripe', '');
    expect(Math.abs(Number(state['now_ms']) / 1000 - Number(stripe['now']))).toBeLessThan(60);
  });

  it('advances the clock of Stripe with its own', async () => {
    const before = Number((await call('stripe', ''))['now']);
    await buy();
    expect(await call('revenuecat', '/clock/advance', { seconds: MONTH_SECONDS })).toMatchObject({
      events: 1,
    });
    expect(Number((await call('stripe', ''))['now'])).toBeGreaterThanOrEqual(before + MONTH_SECONDS);
  });

  it('is empty after a reset, keeps its products, and works as before', async () => {
    await buy();
    await call('stripe', '/clock/advance', { seconds: MONTH_SECONDS });
    await cloud.reset();
    expect(await call('revenuecat', '')).toMatchObject({ customers: [], events: [] });
    await buy();
    expect((await deliveries()).at(-1)).toMatchObject({ type: 'INITIAL_PURCHASE' });
  });

  it('keeps purchases and the time across a restart', async () => {
    await buy();
    await call('stripe', '/clock/advance', { seconds: MONTH_SECONDS });
    await cloud.settled();
    const before = await subscriptions();
    await cloud.close();
    cloud = await open();
    expect(await subscriptions()).toEqual(before);
    // Deliveries of one moment have no order.
    const types = (await deliveries()).map(({ type }) => type);
    expect(types.sort()).toEqual(['INITIAL_PURCHASE', 'RENEWAL']);
  });
});
