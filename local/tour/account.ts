/** The tour's steps on the account: sign up, sign in, and leave. */
import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { expectThat, type Report } from './report.ts';
import type { Systems } from './systems.ts';

export interface Traveller {
  readonly sub: string;
  readonly username: string;
  readonly customerId: string;
  /** A real ID token of the pool. */
  readonly token: string;
}

const PASSWORD = 'Correct-horse-1';

export async function signUp(systems: Systems, report: Report, code: string): Promise<Traveller> {
  const { cognito, clientId: ClientId } = systems;
  const Username = `ada-${randomUUID().slice(0, 8)}@example.com`;
  report.step('Sign up and confirm');
  const UserAttributes = [
    { Name: 'email', Value: Username },
    { Name: 'given_name', Value: 'Ada' },
    { Name: 'family_name', Value: 'Lovelace' },
  ];
  const { UserSub: sub = '' } = await cognito.send(
    new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }),
  );
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: code }));
  report.saw('Cognito', `user ${sub} confirmed with code ${code}; the post-confirmation trigger ran`);
  const customerId = await provisioned(systems, report, { sub, email: Username });

  report.step('Sign in');
  const { AuthenticationResult: tokens } = await cognito.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: Username, PASSWORD },
    }),
  );
  const token = tokens?.IdToken;
  expectThat(token !== undefined, 'Cognito gave no ID token.');
  report.saw('Cognito', `an ID token of ${token.length} characters, signed by the pool`);
  const { status, access_granted, access_reason } = await systems.entitlements(token);
  expectThat(status === 'none' && !access_granted, `A new user has ${status}, not none.`);
  report.saw('API', `GET /me/entitlements → ${status}, no access (${access_reason})`);
  return { sub, username: Username, customerId, token };
}

/** Users who were there before this service, or are made by an admin, fire no trigger. */
export async function takeIn(systems: Systems, report: Report): Promise<void> {
  report.step('A user who never signed up here');
  const Username = `imported-${randomUUID().slice(0, 8)}@example.com`;
  const { User } = await systems.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: systems.poolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: Username }],
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  expectThat((await systems.profile(sub)) === undefined, 'An imported user has a profile already.');
  report.saw('Cognito', `user ${sub}, made by an admin: no trigger, no rows`);
  await systems.reconcile(['users']);
  const profile = await systems.profile(sub);
  expectThat(typeof profile?.['stripeCustomerId'] === 'string', 'The imported user has no customer.');
  expectThat((await systems.entitlement(sub)) !== undefined, 'The imported user has no row.');
  report.saw('DynamoDB', `as npm run backfill does → both rows, customer ${profile['stripeCustomerId']}`);
}

/** What the trigger must have made. */
async function provisioned(
  systems: Systems,
  report: Report,
  user: { readonly sub: string; readonly email: string },
): Promise<string> {
  const profile = await systems.profile(user.sub);
  const customerId = profile?.['stripeCustomerId'];
  expectThat(typeof customerId === 'string', 'The profile row names no Stripe customer.');
  const entitlement = await systems.entitlement(user.sub);
  expectThat(entitlement?.['status'] === 'none', 'There is no entitlement row of status none.');
  report.saw('DynamoDB', 'a profile row, and an entitlement row with status none');
  const customer = await systems.stripe.customers.retrieve(customerId);
  expectThat(!customer.deleted, 'The Stripe customer is deleted.');
  expectThat(customer.metadata['cognito_sub'] === user.sub, 'The Stripe customer names another user.');
  expectThat(customer.email === user.email, 'The Stripe customer has another e-mail address.');
  report.saw('Stripe', `customer ${customerId}, who carries the user’s sub`);
  return customerId;
}

export async function leave(systems: Systems, report: Report, traveller: Traveller): Promise<void> {
  report.step('Delete the account');
  const status = await systems.deleteAccount(traveller.token);
  expectThat(status === 200, `DELETE /me/account answered ${status}.`);
  report.saw('API', 'DELETE /me/account → 200');

  report.step('Nothing is left of them');
  const rows = [await systems.profile(traveller.sub), await systems.entitlement(traveller.sub)];
  expectThat(
    rows.every((row) => row === undefined),
    'A row is left in DynamoDB.',
  );
  report.saw('DynamoDB', 'neither a profile nor an entitlement');
  const customer = await systems.stripe.customers.retrieve(traveller.customerId);
  expectThat(customer.deleted === true, 'The Stripe customer lives.');
  const { data } = await systems.stripe.subscriptions.list({ customer: traveller.customerId, status: 'all' });
  expectThat(
    data.every((subscription) => subscription.status === 'canceled'),
    'A subscription still bills.',
  );
  report.saw('Stripe', `the customer is deleted, ${data.length} subscription canceled`);
  expectThat(await isGone(systems, traveller.username), 'The Cognito user is still there.');
  report.saw('Cognito', 'the user is gone');

  report.step('The old token opens nothing, and asking again changes nothing');
  const again = await systems.deleteAccount(traveller.token);
  expectThat(again === 200, `The second DELETE /me/account answered ${again}.`);
  const { status: standing, access_granted } = await systems.entitlements(traveller.token);
  expectThat(standing === 'none' && !access_granted, `A deleted user still has ${standing}.`);
  expectThat((await systems.profile(traveller.sub)) === undefined, 'The profile came back.');
  report.saw('API', 'DELETE → 200 again; GET /me/entitlements → none, no access');
}

async function isGone(systems: Systems, username: string): Promise<boolean> {
  try {
    await systems.cognito.send(new AdminGetUserCommand({ UserPoolId: systems.poolId, Username: username }));
    return false;
  } catch (error) {
    if (error instanceof UserNotFoundException) return true;
    throw error;
  }
}
