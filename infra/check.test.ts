import { describe, expect, it } from 'vitest';
import { configProblems } from './check.ts';
import { type StageConfig, stages } from './config.ts';

const { dev, prod } = stages;

const wrong: readonly { readonly what: string; readonly config: StageConfig; readonly message: RegExp }[] = [
  {
    what: 'a secret name that Secrets Manager would mistake for an ARN',
    config: { ...dev, secrets: { ...dev.secrets, stripeWebhookSecret: 'shop/webhook-secret' } },
    message: /secrets\.stripeWebhookSecret.*six characters/,
  },
  {
    what: 'a key instead of a secret name',
    config: { ...dev, secrets: { ...dev.secrets, stripeApiKey: 'sk_test_1234' } },
    message: /secrets\.stripeApiKey must be a name/,
  },
  {
    what: 'an origin with a path',
    config: { ...dev, api: { ...dev.api, allowedOrigins: ['https://app.example.com/'] } },
    message: /is not an origin/,
  },
  {
    what: 'a wildcard origin',
    config: { ...dev, api: { ...dev.api, allowedOrigins: ['*'] } },
    message: /is not an origin/,
  },
  {
    what: 'a throttle of zero',
    config: { ...dev, api: { ...dev.api, throttle: { ratePerSecond: 0, burst: 0 } } },
    message: /api\.throttle/,
  },
  {
    what: 'the same table for users and entitlements',
    config: { ...dev, tables: { users: dev.tables.users, entitlements: dev.tables.users } },
    message: /both tables have the same name/,
  },
  {
    what: 'a pool in another region',
    config: {
      ...dev,
      pool: { kind: 'existing', userPoolId: 'eu-west-1_Abc123xyz', clientIds: ['client'] },
    },
    message: /not in the region us-east-1/,
  },
  {
    what: 'a pool without clients',
    config: { ...dev, pool: { kind: 'existing', userPoolId: 'us-east-1_Abc123xyz', clientIds: [] } },
    message: /no user can sign in/,
  },
  {
    what: 'no prices',
    config: { ...dev, checkout: { ...dev.checkout, prices: [] } },
    message: /cannot buy anything/,
  },
  {
    what: 'an order that names a plan twice',
    config: { ...dev, access: { ...dev.access, policy: { plan_order: [['prod_pro', 'pro'], 'pro'] } } },
    message: /^access\.policy is not valid: plan_order names pro twice/,
  },
  {
    what: 'a policy with a grace for what has none',
    config: { ...dev, access: { ...dev.access, policy: { refunded: 'grace 3 days' } } },
    message: /^access\.policy is not valid: refunded has no grace/,
  },
  {
    what: "a share above Stripe's whole rate limit",
    config: { ...dev, reconcile: { ...dev.reconcile, stripeShare: 25 } },
    message: /stripeShare/,
  },
  {
    what: 'a key instead of the id of a project',
    config: { ...dev, stores: { revenueCatProjectId: 'sk_AbCdEf', allowSandbox: false } },
    message: /stores\.revenueCatProjectId must be the id/,
  },
  {
    what: "the address of a project's page instead of its id",
    config: {
      ...dev,
      stores: { revenueCatProjectId: 'https://app.revenuecat.com/projects/1ab2c3d4', allowSandbox: false },
    },
    message: /stores\.revenueCatProjectId must be the id/,
  },
];

describe('The configuration check', () => {
  it.each(wrong)('rejects $what', ({ config, message }) => {
    expect(configProblems(config)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['dev', dev],
    ['prod', prod],
    [
      'prod with app stores',
      { ...prod, stores: { revenueCatProjectId: 'proj1ab2c3d4', allowSandbox: false } },
    ],
    [
      'prod with an order of plans',
      { ...prod, access: { ...prod.access, policy: { plan_order: [['prod_pro', 'pro'], 'basic'] } } },
    ],
    ['prod with a REST API', { ...prod, api: { ...prod.api, kind: 'rest' as const } }],
  ])('accepts the committed configuration: %s', (_, config) => {
    expect(configProblems(config)).toEqual([]);
  });
});
