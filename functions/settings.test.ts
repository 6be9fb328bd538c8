/** Every function reads its settings as people type them, or names at its start those that it cannot read. */
import { describe, expect, it } from 'vitest';
import { ConfigurationError, type Environment } from '../adapters/system/environment.ts';
import * as billing from './billing/config.ts';
import * as billingPortal from './billing-portal/config.ts';
import * as checkout from './checkout/config.ts';
import * as deleteUser from './delete-user/config.ts';
import * as entitlementsApi from './entitlements-api/config.ts';
import * as postConfirmation from './post-confirmation/config.ts';
import * as prices from './prices/config.ts';
import * as reconcile from './reconcile/config.ts';
import * as revenueCatWebhook from './revenuecat-webhook/config.ts';
import { readAllowedOrigins } from './settings.ts';
import * as stripeWebhook from './stripe-webhook/config.ts';

const complete = {
  AWS_REGION: 'us-east-1',
  USERS_TABLE: 'Users',
  ENTITLEMENTS_TABLE: 'Entitlements',
  COGNITO_USER_POOL_ID: 'us-east-1_Abc123',
  STRIPE_API_KEY: 'sk_test_a1',
  STRIPE_API_BASE: 'http://localhost:12111',
  STRIPE_WEBHOOK_SECRET: 'whsec_a,whsec_b',
  REVENUECAT_PROJECT_ID: 'proj1ab2c3d4',
  REVENUECAT_API_KEY: 'sk_AbC',
  REVENUECAT_API_BASE: 'http://[::1]:12112',
  REVENUECAT_WEBHOOK_SECRET: 'Bearer a',
  ALLOW_SANDBOX_PURCHASES: 'true',
  CHECKOUT_PRICES: 'price_1QxYz,pro_monthly',
  CHECKOUT_MAX_QUANTITY: '5',
  CHECKOUT_PROMOTION_CODES: 'false',
  CHECKOUT_SUCCESS_URL: 'https://app.example.com/ok?id={CHECKOUT_SESSION_ID}',
  CHECKOUT_CANCEL_URL: 'https://app.example.com/no',
  PORTAL_RETURN_URL: 'https://app.example.com/account',
  PORTAL_CONFIGURATION: 'bpc_1Abc',
  TRIAL_DAYS: '7',
  SIGN_UP_TRIAL_DAYS: '7',
  TRIAL_HASH_KEY: 'a key of the tests',
  DELETION_REFUND: 'full_within_days:14,pro_rata',
  RENEWAL_GRACE_HOURS: '72',
  PAST_DUE_GRACE_DAYS: '3',
  ACCESS_POLICY: '{"refunded":"granted"}',
  ALLOWED_ORIGINS: 'https://app.example.com,http://localhost:*',
  RECONCILE_STRIPE_SHARE: '0.25',
} as const;
type Setting = keyof typeof complete;

const functions: Readonly<
  Record<
    string,
    { readonly environment: readonly string[]; readonly read: readonly ((values: Environment) => unknown)[] }
  >
> = {
  'billing-portal': { ...billingPortal, read: [billingPortal.readConfig] },
  billing: { ...billing, read: [billing.readConfig] },
  checkout: { ...checkout, read: [checkout.readSyncConfig, checkout.readConfig] },
  'delete-user': { ...deleteUser, read: [deleteUser.readConfig] },
  'entitlements-api': { ...entitlementsApi, read: [entitlementsApi.readConfig] },
  'post-confirmation': {
    ...postConfirmation,
    read: [postConfirmation.readConfig, postConfirmation.readStripeConfig, postConfirmation.readTrialConfig],
  },
  prices: { ...prices, read: [prices.readConfig] },
  reconcile: { ...reconcile, read: [reconcile.readConfig] },
  'revenuecat-webhook': { ...revenueCatWebhook, read: [revenueCatWebhook.readConfig] },
  'stripe-webhook': { ...stripeWebhook, read: [stripeWebhook.readConfig] },
};

const readers = (setting: string) =>
  Object.entries(functions).filter(([, { environment }]) => environment.includes(setting));

function configOf(name: string, values: Environment): string {
  const readings = functions[name]?.read.map((read) => read(values));
  return JSON.stringify(readings, (_, value) => (value instanceof URL ? value.href : value));
}

function faultsOf(name: string, values: Environment): readonly string[] {
  return (functions[name]?.read ?? []).flatMap((read) => {
    try {
      read(values);
      return [];
    } catch (cause) {
      if (!(cause instanceof ConfigurationError)) throw cause;
      return [...cause.missing, ...cause.invalid];
    }
  });
}

const wrapped: readonly ((value: string) => string)[] = [
  (value) => `"${value}"`,
  (value) => `'${value}'`,
  (value) => ` ${value}\n`,
  (value) => `\uFEFF${value}`,
  (value) => `${value}\u200B`,
];

const typed: readonly (readonly [Setting, string])[] = [
  ['ALLOWED_ORIGINS', ' HTTPS://App.Example.com:443/ ,, http://localhost:*/ ,'],
  ['ALLOWED_ORIGINS', '["https://app.example.com","http://localhost:*"]'],
  ['ALLOWED_ORIGINS', 'https://app.example.com\nhttp://localhost:*'],
  ['CHECKOUT_PRICES', '"price_1QxYz" , \'pro_monthly\',price_1QxYz,'],
  ['STRIPE_WEBHOOK_SECRET', '{"STRIPE_WEBHOOK_SECRET":"whsec_a, whsec_b"}'],
  ['STRIPE_API_KEY', '{"STRIPE_SECRET_KEY":"sk_test_a1","STRIPE_WEBHOOK_SECRET":"whsec_a"}'],
  ['REVENUECAT_API_KEY', '{"key":"sk_AbC"}'],
  ['STRIPE_API_BASE', 'http://localhost:12111/'],
  ['ALLOW_SANDBOX_PURCHASES', 'True'],
  ['ALLOW_SANDBOX_PURCHASES', '1'],
  ['CHECKOUT_PROMOTION_CODES', 'No'],
  ['TRIAL_DAYS', '7.0'],
  ['CHECKOUT_MAX_QUANTITY', '5e0'],
  ['RENEWAL_GRACE_HOURS', '7.2e1'],
];

describe('A setting as people type it', () => {
  it.each(typed)('%s is understood as %j', (setting, text) => {
    expect(readers(setting).length).toBeGreaterThan(0);
    for (const [name] of readers(setting)) {
      expect(configOf(name, { ...complete, [setting]: text })).toBe(configOf(name, complete));
    }
  });

  it.each((Object.keys(complete) as Setting[]).filter((name) => name !== 'TRIAL_HASH_KEY'))(
    '%s is understood in quotes, between blanks and with invisible characters',
    (setting) => {
      for (const [name] of readers(setting)) {
        for (const wrap of wrapped) {
          const values = { ...complete, [setting]: wrap(complete[setting]) };
          expect(configOf(name, values)).toBe(configOf(name, complete));
        }
      }
    },
  );
});

const wrong: readonly (readonly [Setting, string, RegExp])[] = [
  ['AWS_REGION', 'us-east-1a', /availability zone/],
  ['USERS_TABLE', 'my users', /no name of a table/],
  ['ENTITLEMENTS_TABLE', '<table>', /placeholder/],
  [
    'COGNITO_USER_POOL_ID',
    'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A',
    /ARN of a user pool/,
  ],
  ['COGNITO_USER_POOL_ID', 'eu-west-1_Abc123', /region eu-west-1/],
  ['COGNITO_USER_POOL_ID', 'us-east-1_XXXXXXXXX', /placeholder/],
  ['STRIPE_API_KEY', 'pk_test_a1', /publishable key/],
  ['STRIPE_API_KEY', 'whsec_a', /webhook secret/],
  ['STRIPE_API_KEY', 'sk_test_...', /placeholder/],
  [
    'STRIPE_API_KEY',
    'arn:aws:secretsmanager:us-east-1:000000000000:secret:a-AbCdEf',
    /set it as STRIPE_API_KEY_SECRET_ARN/,
  ],
  ['STRIPE_API_BASE', 'https://api.stripe.com/v1', /path/],
  ['STRIPE_API_BASE', 'localhost:12111', /without a scheme/],
  ['STRIPE_WEBHOOK_SECRET', 'sk_test_a1', /key of Stripe/],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_a,changeme', /placeholder/],
  ['REVENUECAT_PROJECT_ID', 'app1ab2c3', /id of an app/],
  ['REVENUECAT_API_KEY', 'appl_AbC', /public SDK key/],
  ['REVENUECAT_API_BASE', 'http://ann:x@localhost', /user name/],
  ['REVENUECAT_WEBHOOK_SECRET', 'sk_AbC', /secret key/],
  ['ALLOW_SANDBOX_PURCHASES', 'sometimes', /neither true nor false/],
  ['CHECKOUT_PRICES', 'pro_monthly,prod_Abc', /product/],
  ['CHECKOUT_PRICES', '<price>', /placeholder/],
  ['CHECKOUT_MAX_QUANTITY', '0', /too small/],
  ['CHECKOUT_MAX_QUANTITY', '1.5', /whole number/],
  ['CHECKOUT_PROMOTION_CODES', '2', /neither true nor false/],
  ['CHECKOUT_SUCCESS_URL', 'app.example.com', /without a scheme/],
  ['CHECKOUT_CANCEL_URL', 'https://ann:x@app.example.com', /user name/],
  ['PORTAL_RETURN_URL', '/account', /without a scheme/],
  ['PORTAL_CONFIGURATION', 'default', /no id of Stripe/],
  ['TRIAL_DAYS', '7.5', /whole number/],
  ['TRIAL_DAYS', '731', /too large/],
  ['TRIAL_DAYS', '-7', /negative/],
  ['SIGN_UP_TRIAL_DAYS', '604800', /too large/],
  ['TRIAL_HASH_KEY', 'changeme', /placeholder/],
  ['TRIAL_HASH_KEY', 'sk_live_a', /key of Stripe/],
  ['DELETION_REFUND', 'half', /no policy/],
  ['DELETION_REFUND', 'full_within_days:400', /no policy/],
  ['RENEWAL_GRACE_HOURS', '259200', /too large/],
  ['PAST_DUE_GRACE_DAYS', '3 days', /not a number/],
  ['ACCESS_POLICY', '{"refunded":"maybe"}', /refunded must be/],
  ['ALLOWED_ORIGINS', 'https://app.example.com,*', /every page/],
  ['ALLOWED_ORIGINS', 'https://*.example.com', /wildcard/],
  ['ALLOWED_ORIGINS', 'https://app.example.com/path', /path/],
  ['RECONCILE_STRIPE_SHARE', '25%', /percentage/],
  ['RECONCILE_STRIPE_SHARE', '25', /too large/],
];

describe('A setting that cannot be what it says', () => {
  it.each(wrong)('%s is rejected: %j', (setting, text, message) => {
    expect(readers(setting).length).toBeGreaterThan(0);
    for (const [name] of readers(setting)) {
      const faults = faultsOf(name, { ...complete, [setting]: text }).filter(
        (fault) => !fault.includes('is not set'),
      );
      expect([...new Set(faults)]).toEqual([expect.stringMatching(message)]);
      expect(faults[0]).toMatch(new RegExp(`^${setting} .+: .+`));
    }
  });

  it('is reported together with all others of the function', () => {
    const values = {
      ...complete,
      USERS_TABLE: 'a b',
      STRIPE_API_KEY: 'pk_test_a1',
      COGNITO_USER_POOL_ID: ' ',
    };
    expect(faultsOf('delete-user', values)).toEqual([
      'COGNITO_USER_POOL_ID',
      expect.stringMatching(/^USERS_TABLE is/),
      expect.stringMatching(/^STRIPE_API_KEY is a publishable key/),
    ]);
  });

  it.each(Object.keys(functions))('is named without its value by %s', (name) => {
    const values = Object.fromEntries(
      Object.keys(complete).map((setting) => [setting, '\u0001 s3cr3tValue *']),
    );
    const faults = faultsOf(name, { ...values, AWS_REGION: 'us-east-1' });
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join('\n')).not.toContain('s3cr3t');
  });

  it.each(Object.keys(functions))('is absent from a complete environment of %s', (name) => {
    expect(faultsOf(name, complete)).toEqual([]);
  });
});

describe('A policy of refunds', () => {
  it.each(['none', ' NONE ', '', 'pro_rata'])('is accepted as it is documented: %j', (text) => {
    expect(faultsOf('delete-user', { ...complete, DELETION_REFUND: text })).toEqual([]);
  });
});

describe('The ARN of a secret', () => {
  const byArn = (arn: string, more: Environment = {}) => ({
    ...complete,
    STRIPE_API_KEY: '',
    STRIPE_API_KEY_SECRET_ARN: arn,
    ...more,
  });

  it.each([
    ['arn:aws:secretsmanager:us-east-1:000000000000:secret:predixa/dev/key-AbCdEf'],
    [' "arn:aws-us-gov:secretsmanager:us-east-1:000000000000:secret:predixa/dev/key" '],
    ['predixa/dev/key'],
  ])('is understood: %s', (arn) => {
    expect(faultsOf('delete-user', byArn(arn))).toEqual([]);
  });

  it.each([
    ['arn:aws:secretsmanager:eu-west-1:000000000000:secret:key-AbCdEf', /region eu-west-1/],
    ['arn:aws:secretsmanager:us-east-1:000000000000:secret:my key', /blanks/],
    ['arn:aws:ssm:us-east-1:000000000000:parameter/key', /Systems Manager/],
    ['sk_live_a', /key of Stripe/],
    ['<arn>', /placeholder/],
  ])('is rejected: %s', (arn, message) => {
    expect(faultsOf('delete-user', byArn(arn))).toEqual([expect.stringMatching(message)]);
  });

  it('has any form where another server replaces Secrets Manager', () => {
    const more = { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://localhost:4566' };
    expect(faultsOf('delete-user', byArn('arn:key', more))).toEqual([]);
  });
});

describe('The mode of the Stripe key', () => {
  it.each([
    [{ STAGE: 'prod' }, ['STRIPE_API_KEY is a key of test mode']],
    [{ STAGE: 'prod', STRIPE_MODE: 'test' }, []],
    [{ STAGE: 'staging' }, []],
    [{ STAGE: 'dev' }, []],
    [{ STRIPE_MODE: 'live' }, ['STRIPE_API_KEY is a key of test mode']],
    [{ STRIPE_MODE: 'production' }, ['STRIPE_MODE is none of its values']],
    [{ STAGE: 'dev', STRIPE_API_KEY: 'rk_live_a' }, ['STRIPE_API_KEY is a key of live mode']],
  ])('in %j is checked', (values, starts) => {
    const faults = faultsOf('delete-user', { ...complete, ...values });
    expect(faults).toEqual(starts.map((start) => expect.stringContaining(start)));
  });
});

describe('The origins of an installation with a mistake', () => {
  it('still get their CORS headers', () => {
    expect(readAllowedOrigins({ ALLOWED_ORIGINS: '*,https://app.example.com/' })).toEqual([
      'https://app.example.com',
    ]);
  });
});
