import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';

const run = promisify(execFile);
let cloud: LocalCloud;
let home: string;
const logs: Record<string, unknown>[] = [];

beforeAll(async () => {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  home = await mkdtemp(path.join(tmpdir(), 'predixa-cli-'));
  cloud = await createLocalCloud({
    ephemeral: true,
    ports,
    onFunctionLog: ({ line }) => {
      if (line.startsWith('{')) logs.push(JSON.parse(line));
    },
  });
});
afterAll(async () => {
  await cloud.close();
  await rm(home, { recursive: true, force: true });
});

function stripeCli(...args: readonly string[]) {
  const env = {
    PATH: process.env['PATH'],
    ...cloud.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    DO_NOT_TRACK: '1',
  };
  return run('node_modules/.bin/stripe', [...args, '--api-base', cloud.env['STRIPE_API_BASE'] ?? ''], {
    env,
  });
}

function stripe(): Stripe {
  const { hostname: host, port } = new URL(cloud.env['STRIPE_API_BASE'] ?? '');
  return new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', { host, port, protocol: 'http', telemetry: false });
}

describe('An event triggered by the Stripe CLI', () => {
  it.each([
    'customer.created',
    'customer.deleted',
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
  ])('is delivered and changes nothing for a customer without a user (%s)', async (type) => {
    const { stdout } = await stripeCli('trigger', type);
    expect(stdout).toContain('Trigger succeeded');
    await cloud.settled();
    const { data: events } = await stripe().events.list({ type });
    expect(events.length).toBeGreaterThan(0);
    const { data: undelivered } = await stripe().events.list({ delivery_success: false });
    expect(undelivered).toEqual([]);
    const seen = logs.filter((line) => line['event_id'] === events[0]?.id);
    expect(seen).toHaveLength(1);
    expect(['webhook_unhandled_type', 'sync_unknown_customer']).toContain(seen[0]?.['metric']);
  });
});
