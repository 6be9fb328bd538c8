import { describe, expect, it } from 'vitest';
import { configProblems } from './check.ts';
import { type StageConfig, stages } from './config.ts';

const { dev } = stages;
const pool = { kind: 'existing', userPoolId: 'us-east-1_Abc123xyz', clientIds: ['client'] } as const;

const wrong: readonly (readonly [string, Partial<StageConfig>, RegExp])[] = [
  ['an availability zone', { region: 'us-east-1a' }, /^region is an availability zone/],
  ['an account with hyphens', { account: '1234-5678-9012' }, /^account is not the id/],
  [
    'a product',
    { checkout: { ...dev.checkout, prices: ['prod_Abc'] } },
    /^checkout\.prices names the id of a product/,
  ],
  ['a price in quotes', { checkout: { ...dev.checkout, prices: ['"pro"'] } }, /^checkout\.prices has quotes/],
  ['no quantity', { checkout: { ...dev.checkout, maxQuantity: 0 } }, /^checkout\.maxQuantity is too small/],
  [
    'half a day',
    { checkout: { ...dev.checkout, trialDays: 0.5 } },
    /^checkout\.trialDays is not a whole number/,
  ],
  [
    'three years of trial',
    { checkout: { ...dev.checkout, trialDays: 1_095 } },
    /^checkout\.trialDays is too large/,
  ],
  [
    'a page without a scheme',
    { checkout: { ...dev.checkout, successUrl: 'a.example/ok' } },
    /^checkout\.successUrl/,
  ],
  [
    'a page with a password',
    { checkout: { ...dev.checkout, cancelUrl: 'https://a:b@c.example' } },
    /^checkout\.cancelUrl/,
  ],
  ['a path', { portal: { ...dev.portal, returnUrl: '/account' } }, /^portal\.returnUrl/],
  [
    'a portal’s address',
    { portal: { ...dev.portal, configuration: 'https://billing.stripe.com' } },
    /^portal\.configuration is a URL/,
  ],
  [
    'a grace in seconds',
    { access: { ...dev.access, renewalGraceHours: 259_200 } },
    /^access\.renewalGraceHours is too large/,
  ],
  [
    'a negative grace',
    { access: { ...dev.access, pastDueGraceDays: -1 } },
    /^access\.pastDueGraceDays is a negative/,
  ],
  [
    'a trial that is no number',
    { access: { ...dev.access, signUpTrialDays: Number.NaN } },
    /^access\.signUpTrialDays is not a number/,
  ],
  [
    'a refund that is no policy',
    { deletion: { refund: 'full_within_days:0' } },
    /^deletion\.refund is no policy/,
  ],
  [
    'an unknown rule',
    { access: { ...dev.access, policy: { refunded: 'maybe' as 'granted' } } },
    /^access\.policy is not valid: refunded/,
  ],
  [
    'an unknown schedule',
    { reconcile: { ...dev.reconcile, schedule: '15 minutes' } },
    /^reconcile\.schedule/,
  ],
  ['negative hours', { reconcile: { ...dev.reconcile, everyHours: -1 } }, /^reconcile\.everyHours/],
  ['a share that is no number', { reconcile: { ...dev.reconcile, stripeShare: Number.NaN } }, /stripeShare/],
  [
    'a name with an address',
    { watch: { ...dev.watch, alarmEmail: 'Ann <ann@example.com>' } },
    /^watch\.alarmEmail/,
  ],
  [
    'an origin with its default port',
    { api: { ...dev.api, allowedOrigins: ['https://a.example:443'] } },
    /browsers send https:\/\/a\.example\)/,
  ],
  [
    'an origin in upper case',
    { api: { ...dev.api, allowedOrigins: ['https://A.example'] } },
    /browsers send https:\/\/a\.example\)/,
  ],
  [
    'an origin with every port',
    { api: { ...dev.api, allowedOrigins: ['http://localhost:*'] } },
    /is not an origin/,
  ],
  [
    'a public key as a secret’s name',
    { secrets: { ...dev.secrets, revenueCatApiKey: 'appl_abcdefgh' } },
    /must be a name/,
  ],
  [
    'a pool’s ARN',
    { pool: { ...pool, userPoolId: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/a' } },
    /^pool\.userPoolId is the ARN/,
  ],
  ['a client with a blank', { pool: { ...pool, clientIds: ['a b'] } }, /^pool\.clientIds/],
  ['an issuer with a slash', { pool: { ...pool, issuer: 'https://a.example/' } }, /^pool\.issuer/],
  [
    'a user’s ARN as a role',
    { pool: { ...pool, smsRoleArn: 'arn:aws:iam::000000000000:user/a' } },
    /^pool\.smsRoleArn/,
  ],
  ['a key’s alias', { pool: { ...pool, senderKeyArn: 'alias/a' } }, /^pool\.senderKeyArn/],
];

describe('The check of the values of a configuration', () => {
  it.each(wrong)('rejects %s', (_, changes, message) => {
    expect(configProblems({ ...dev, ...changes })).toEqual([expect.stringMatching(message)]);
  });

  it('accepts what the functions accept', () => {
    const config: StageConfig = {
      ...dev,
      account: '000000000000',
      stripeMode: 'live',
      pool: {
        ...pool,
        issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123xyz',
        smsRoleArn: 'arn:aws:iam::000000000000:role/service-role/sms',
        senderKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/01234567',
      },
      watch: { ...dev.watch, alarmEmail: 'alarms@example.com' },
      access: { ...dev.access, policy: { refunded: 'granted' } },
    };
    expect(configProblems(config)).toEqual([]);
  });
});
