/** The account steps of the tour: sign up, sign in, and delete the account. */
import { randomUUID } from 'node:crypto';
import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  SignUpCommand,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { expectThat, type Report } from './report.ts';
import type { Systems } from './systems.ts';

export interface TourUser {
  readonly sub: string;
  readonly username: string;
  readonly customerId: string;
  /** An ID token that the pool issued. */
  readonly token: string;
}

export const PASSWORD = 'Correct-horse-1';

/** Creates a user, signs in, and checks that every system knows the user. */
export async function signUp(systems: Systems, report: Report, code: string): Promise<TourUser> {
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
  const customerId = await expectProvisioned(systems, report, { sub, email: Username });

  report.step('Sign in');
  const token = await signIn(systems, Username);
  report.saw('Cognito', `an ID token of ${token.length} characters, signed by the pool`);
  const { status, access_granted, access_reason } = await systems.entitlements(token);
  expectThat(
    status === 'none' && !access_granted,
    `The new user has entitlement status ${status} instead of none.`,
  );
  report.saw('API', `GET /me/entitlements → ${status}, no access (${access_reason})`);
  return { sub, username: Username, customerId, token };
}

export async function signIn(systems: Systems, username: string): Promise<string> {
  return (await systems.signIn(username, PASSWORD)).idToken;
}

/** Checks what the sign-up trigger must have created. Returns the id of the Stripe customer. */
async function expectProvisioned(
  systems: Systems,
  report: Report,
  user: { readonly sub: string; readonly email: string },
): Promise<string> {
  const profile = await systems.profile(user.sub);
  const customerId = profile?.['stripeCustomerId'];
  expectThat(typeof customerId === 'string', 'The profile row has no Stripe customer.');
  const entitlement = await systems.entitlement(user.sub);
  expectThat(entitlement?.['status'] === 'none', 'The user has no entitlement row with status none.');
  report.saw('DynamoDB', 'a profile row, and an entitlement row with status none');
  const customer = await systems.stripe.customers.retrieve(customerId);
  expectThat(!customer.deleted, 'The Stripe customer is deleted.');
  expectThat(
    customer.metadata['cognito_sub'] === user.sub,
    'The Stripe customer has the sub of another user.',
  );
  expectThat(customer.email === user.email, 'The Stripe customer has another email address.');
  report.saw('Stripe', `customer ${customerId}, with the user’s sub in its metadata`);
  return customerId;
}

/** Deletes the accounts, and checks that nothing is left of them in any system. */
export async function deleteAccounts(
  systems: Systems,
  report: Report,
  users: readonly TourUser[],
): Promise<void> {
  report.step('Both users delete their accounts');
  for (const { token } of users) {
    const { status } = await systems.deleteAccount(token);
    expectThat(status === 200, `DELETE /me/account answered ${status}.`);
    report.saw('API', 'DELETE /me/account → 200');
  }

  report.step('No system has data of the users');
  for (const user of users) await expectDeleted(systems, user);
  report.saw('DynamoDB', 'no profile and no entitlement row');
  report.saw('Stripe', 'the customers are deleted, and their subscriptions are canceled');
  report.saw('Cognito', 'the users are deleted');

  report.step('The old tokens grant no access, and a second deletion changes nothing');
  for (const { token, sub } of users) {
    const { status: again } = await systems.deleteAccount(token);
    expectThat(again === 200, `The second DELETE /me/account answered ${again}.`);
    const { status, access_granted } = await systems.entitlements(token);
    expectThat(
      status === 'none' && !access_granted,
      `A deleted user still has entitlement status ${status}.`,
    );
    const { status: rejected } = await systems.postRejected('/me/checkout-session', token, {
      price: 'pro_monthly',
    });
    expectThat(rejected === 410, `A checkout of a deleted user answered ${String(rejected)} instead of 410.`);
    expectThat((await systems.profile(sub)) === undefined, 'The profile was created again.');
  }
  report.saw(
    'API',
    'DELETE /me/account → 200 again; GET /me/entitlements → none, no access; POST /me/checkout-session → 410',
  );
}

async function expectDeleted(systems: Systems, { sub, username, customerId }: TourUser): Promise<void> {
  const rows = [await systems.profile(sub), await systems.entitlement(sub)];
  expectThat(
    rows.every((row) => row === undefined),
    'DynamoDB still has a row of the user.',
  );
  const customer = await systems.stripe.customers.retrieve(customerId);
  expectThat(customer.deleted === true, 'The Stripe customer still exists.');
  const { data } = await systems.stripe.subscriptions.list({ customer: customerId, status: 'all' });
  expectThat(
    data.every((subscription) => subscription.status === 'canceled'),
    'A subscription of the customer is not canceled.',
  );
  expectThat(!(await existsInCognito(systems, username)), 'The Cognito user still exists.');
}

async function existsInCognito(systems: Systems, username: string): Promise<boolean> {
  try {
    await systems.cognito.send(new AdminGetUserCommand({ UserPoolId: systems.poolId, Username: username }));
    return true;
  } catch (error) {
    if (error instanceof UserNotFoundException) return false;
    throw error;
  }
}
