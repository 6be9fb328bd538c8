import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

const cognito = ownCognito();
let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognito: cognito() });
});
afterAll(() => stage.close());

async function userWith(email: string): Promise<string> {
  const attributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  const Username = `${randomUUID()}@example.com`;
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: attributes,
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  await stage.putProfile({ userId: sub, email });
  return sub;
}

async function run(): Promise<RunResult['report']> {
  return ((await stage.invoke('reconcile', { checks: ['profiles'] })) as RunResult).report;
}

it('A run of reconcile creates the customer of a user whose address Stripe refuses, and finds nothing the next night', async () => {
  const sub = await userWith('ann@localhost');
  const first = await run();
  expect(first.outcomes).toMatchObject({ user_provisioned: 1, failed: 0 });
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
  expect(stage.logs).toContainEqual(
    expect.objectContaining({ metric: 'customer_data_omitted', omitted: ['email'], user_id: sub }),
  );
  expect(await run()).toMatchObject({ found: 0, outcomes: { failed: 0 } });
});

it('A run of reconcile reports the user whose customer Stripe refuses, and provisions the others', async () => {
  const refused = await userWith('bea@example.com');
  const other = await userWith('cem@example.com');
  const stripe = refusalsOf(stage);
  const message = `The user ${refused} is refused.`;
  // The first creation of a customer is refused, for either user.
  await fetch(`${stage.stripeUrl}/_simulator/chaos`, {
    method: 'POST',
    body: JSON.stringify({
      api: [{ fault: 'refuse', match: 'POST /v1/customers', count: 1, error: { message } }],
    }),
  });
  await expect(run()).rejects.toThrow('1 finding could not be repaired');
  await stripe.calm();
  const profiles = [await stage.profile(refused), await stage.profile(other)];
  expect(profiles.filter((profile) => profile?.['stripeCustomerId'] !== undefined)).toHaveLength(1);
  const lines = stage.logs.filter(({ metric }) => metric === 'reconcile_failed');
  expect(lines).toHaveLength(1);
  expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'request_refused' }));
  expect(await run()).toMatchObject({ outcomes: { user_provisioned: 1, failed: 0 } });
});
