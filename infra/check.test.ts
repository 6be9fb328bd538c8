import { describe, expect, it } from 'vitest';
import { configProblems } from './check.ts';
import { type StageConfig, stages } from './config.ts';

const { dev, prod } = stages;

const wrong: readonly { readonly what: string; readonly config: StageConfig; readonly complaint: RegExp }[] =
  [
    {
      what: "a secret's name that Secrets Manager would take for a whole ARN",
      config: { ...dev, secrets: { ...dev.secrets, stripeWebhookSecret: 'shop/webhook-secret' } },
      complaint: /secrets\.stripeWebhookSecret.*six characters/,
    },
    {
      what: 'a key where a name belongs',
      config: { ...dev, secrets: { ...dev.secrets, stripeApiKey: 'sk_test_1234' } },
      complaint: /secrets\.stripeApiKey is not a name/,
    },
    {
      what: 'an origin with a path',
      config: { ...dev, api: { ...dev.api, allowedOrigins: ['https://app.example.com/'] } },
      complaint: /is not an origin/,
    },
    {
      what: 'every origin at once',
      config: { ...dev, api: { ...dev.api, allowedOrigins: ['*'] } },
      complaint: /is not an origin/,
    },
    {
      what: 'a throttle that lets nothing through',
      config: { ...dev, api: { ...dev.api, throttle: { ratePerSecond: 0, burst: 0 } } },
      complaint: /api\.throttle/,
    },
    {
      what: 'one table for both',
      config: { ...dev, tables: { users: dev.tables.users, entitlements: dev.tables.users } },
      complaint: /both have one name/,
    },
    {
      what: 'a pool of another region',
      config: {
        ...dev,
        pool: { kind: 'existing', userPoolId: 'eu-west-1_Abc123xyz', clientIds: ['client'] },
      },
      complaint: /not of a pool in us-east-1/,
    },
    {
      what: 'a pool without clients',
      config: { ...dev, pool: { kind: 'existing', userPoolId: 'us-east-1_Abc123xyz', clientIds: [] } },
      complaint: /nobody could sign in/,
    },
    {
      what: 'nothing to buy',
      config: { ...dev, checkout: { ...dev.checkout, prices: [] } },
      complaint: /nothing could be bought/,
    },
    {
      what: "more than all of Stripe's limit",
      config: { ...dev, reconcile: { ...dev.reconcile, stripeShare: 25 } },
      complaint: /stripeShare/,
    },
  ];

describe('the configuration', () => {
  it.each(wrong)('is refused with $what', ({ config, complaint }) => {
    expect(configProblems(config)).toEqual([expect.stringMatching(complaint)]);
  });

  it.each([
    ['dev', dev],
    ['prod', prod],
    ['either over REST', { ...prod, api: { ...prod.api, kind: 'rest' as const } }],
  ])('is in order as it stands: %s', (_, config) => {
    expect(configProblems(config)).toEqual([]);
  });
});
