import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monthlyPrice, type Payer, payingCustomer } from '../tests/support/payers.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';
import { delivered, stripeEvent } from '../tests/support/webhooks.ts';

const script = fileURLToPath(new URL('account.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

describe('npm run account', () => {
  let stage: Stage;
  let sub: string;
  let payer: Payer;
  beforeAll(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
    const { User } = await stage.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: stage.poolId,
        Username: `${stage.env['USERS_TABLE']}@example.com`,
        MessageAction: 'SUPPRESS',
      }),
    );
    sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    payer = await payingCustomer(stage, {
      price: await monthlyPrice(stage),
      metadata: { cognito_sub: sub },
    });
    await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
    await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
    const object = { id: payer.subscriptionId, customer: payer.customerId };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
  });
  afterAll(() => stage.close());

  const account = (...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> =>
    new Promise((resolve) => {
      const options = { cwd: tmpdir(), env: { PATH: process.env['PATH'], ...stage.env } };
      execFile(process.execPath, ['--import', tsx, script, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
      });
    });

  it('shows a user in all three systems, and why there is access, by sub and by customer', async () => {
    const bySub = await account(sub);
    expect(bySub.code).toBe(0);
    for (const part of [
      sub,
      payer.customerId,
      payer.subscriptionId,
      'access (active_subscription)',
      'by evt_',
    ]) {
      expect(bySub.text).toContain(part);
    }
    expect(bySub.text).toContain('All systems agree.');
    expect((await account(payer.customerId)).code).toBe(0);
  });

  it('tells honestly that a moment lies before what is remembered', async () => {
    expect((await account(sub, '--at', '2020-01-01T00:00Z')).text).toContain('remembers nothing before');
  });

  it('tells where they differ, and the command that sets it right; and who is nobody', async () => {
    await stage.stripe.subscriptions.cancel(payer.subscriptionId);
    const differing = await account(sub);
    expect(differing.code).toBe(2);
    expect(differing.text).toContain(`npm run reconcile -- --user ${sub}`);
    expect(await account('cus_nobody')).toMatchObject({ code: 3 });
    expect(await account('00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 3 });
    expect((await account()).code).toBe(1);
  });
});
