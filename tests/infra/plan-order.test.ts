import { expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { stages } from '../../infra/config.ts';
import { environmentOf } from '../../infra/functions.ts';

const ids = {
  userPoolId: 'us-east-1_Abc123xyz',
  stripeApiKeyArn: 'arn:key',
  eventQueue: null,
  stripeWebhookSecretArn: 'arn:secret',
  revenueCatApiKeyArn: 'arn:store-key',
  revenueCatWebhookSecretArn: 'arn:store-secret',
  trialHashKeyArn: 'arn:hash',
};

it('A stage gives one order of plans to every function that answers with it or writes by it', () => {
  const policy = { plan_order: [['prod_pro', 'pro'], 'basic'] };
  const config = { ...stages.dev, access: { ...stages.dev.access, policy } };
  const given = functionNames.flatMap((name) => {
    const { ACCESS_POLICY: value } = environmentOf(name, { name: 'dev', config }, ids);
    return value === undefined ? [] : [[name, value] as const];
  });
  const text = '{"plan_order":[["prod_pro","pro"],"basic"]}';
  expect(Object.fromEntries(given)).toEqual({
    checkout: text,
    'entitlements-api': text,
    reconcile: text,
    'stripe-webhook': text,
    subscription: text,
  });
});
