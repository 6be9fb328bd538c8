/** The backfill step of the tour: a user who was in the pool, at Stripe and in an old row before this service. */
import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { PASSWORD, signIn, type TourUser } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, withoutWebhooks } from './systems.ts';

/** The checks of `npm run backfill`, except those whose findings a person must decide. */
const checks = ['users', 'former_trials', 'subscriptions', 'customers', 'rows', 'trials'];

/** Creates a user as an earlier system left it, and imports it as `npm run backfill` does. */
export async function backfillUser(systems: Systems, report: Report): Promise<TourUser> {
  report.step('A backfill imports an existing user');
  const { sub, username } = await createPoolUser(systems);
  report.saw('Cognito', `user ${sub}, created by an administrator: no trigger, no profile`);
  // Back then, no webhook endpoint existed.
  const customerId = await withoutWebhooks(systems, () => createSubscriber(systems, sub));
  report.saw(
    'Stripe',
    `customer ${customerId} with a paid subscription, and only cognito_user_id in its metadata`,
  );
  await systems.writeEntitlement({
    cognito_sub: sub,
    status: 'trial_expired',
    plan: null,
    trial_expires_at: 1,
  });
  report.saw('DynamoDB', 'an old row says trial_expired');

  const planned = await systems.reconcile({ checks, dryRun: true });
  expectThat(planned.found > 0, 'The dry run finds no user to import.');
  expectThat((await systems.profile(sub)) === undefined, 'The dry run created a profile.');
  report.saw('DynamoDB', `as npm run backfill -- --dry-run: ${planned.found} users found, nothing changed`);
  await systems.reconcile({ checks });
  const profile = await systems.profile(sub);
  expectThat(
    profile?.['stripeCustomerId'] === customerId,
    'The profile does not have the existing Stripe customer.',
  );
  report.saw(
    'DynamoDB',
    'as npm run backfill: a profile row and an entitlement row, with the existing customer',
  );
  const token = await signIn(systems, username);
  const { status, access_granted, access_reason } = await systems.entitlements(token);
  expectThat(status === 'active' && access_granted, `The paying user has entitlement status ${status}.`);
  report.saw('API', `GET /me/entitlements → ${status}, access (${access_reason})`);
  return { sub, username, customerId, token };
}

async function createPoolUser({ cognito, poolId: UserPoolId }: Systems) {
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

async function createSubscriber({ stripe }: Systems, sub: string): Promise<string> {
  const { id } = await stripe.customers.create({
    metadata: { cognito_user_id: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const { data } = await stripe.prices.list({ lookup_keys: ['pro_monthly'], active: true });
  await stripe.subscriptions.create({ customer: id, items: [{ price: data[0]?.id ?? '' }] });
  return id;
}
