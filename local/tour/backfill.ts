/** The tour's step on who was there before this service: in the pool, a customer of Stripe, and with an old row. */
import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { PASSWORD, signIn, type Traveller } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, withoutWebhooks } from './systems.ts';

/** What `npm run backfill` goes over, but for what only a person can decide. */
const checks = ['users', 'former_trials', 'subscriptions', 'customers', 'rows', 'trials'];

export async function takeIn(systems: Systems, report: Report): Promise<Traveller> {
  report.step('Somebody who was there before, and a backfill');
  const { sub, username } = await poolUser(systems);
  report.saw('Cognito', `user ${sub}, made by an admin: no trigger, no profile`);
  // Nobody listened yet.
  const customerId = await withoutWebhooks(systems, () => subscriberOf(systems, sub));
  report.saw('Stripe', `customer ${customerId} pays, and carries only cognito_user_id`);
  await systems.writeEntitlement({
    cognito_sub: sub,
    status: 'trial_expired',
    plan: null,
    trial_expires_at: 1,
  });
  report.saw('DynamoDB', 'an old row says trial_expired');

  const planned = await systems.reconcile({ checks, dryRun: true });
  expectThat(planned.found > 0, 'The dry run finds nothing to take in.');
  expectThat((await systems.profile(sub)) === undefined, 'A dry run made a profile.');
  report.saw('DynamoDB', `as npm run backfill -- --dry-run: ${planned.found} users found, nothing changed`);
  await systems.reconcile({ checks });
  const profile = await systems.profile(sub);
  expectThat(profile?.['stripeCustomerId'] === customerId, 'The user has another customer than before.');
  report.saw('DynamoDB', 'as npm run backfill: both rows, with the customer who pays');
  const token = await signIn(systems, username);
  const { status, access_granted, access_reason } = await systems.entitlements(token);
  expectThat(status === 'active' && access_granted, `Who pays has ${status}.`);
  report.saw('API', `GET /me/entitlements → ${status}, access (${access_reason})`);
  return { sub, username, customerId, token };
}

async function poolUser({ cognito, poolId: UserPoolId }: Systems) {
  const Username = `imported-${randomUUID().slice(0, 8)}@example.com`;
  const UserAttributes = [{ Name: 'email', Value: Username }];
  const { User } = await cognito.send(
    new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { sub, username: Username };
}

async function subscriberOf({ stripe }: Systems, sub: string): Promise<string> {
  const { id } = await stripe.customers.create({
    metadata: { cognito_user_id: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const { data } = await stripe.prices.list({ lookup_keys: ['pro_monthly'], active: true });
  await stripe.subscriptions.create({ customer: id, items: [{ price: data[0]?.id ?? '' }] });
  return id;
}
