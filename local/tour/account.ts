/** The tour's steps on the account: sign up, sign in, and leave. */
import { randomUUID } from 'node:crypto';
import {
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

export const PASSWORD = 'Correct-horse-1';

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
  const token = await signIn(systems, Username);
  report.saw('Cognito', `an ID token of ${token.length} characters, signed by the pool`);
  const { status, access_granted, access_reason } = await systems.entitlements(token);
  expectThat(status === 'none' && !access_granted, `A new user has ${status}, not none.`);
  report.saw('API', `GET /me/entitlements → ${status}, no access (${access_reason})`);
  return { sub, username: Username, customerId, token };
}

export async function signIn({ cognito, clientId }: Systems, username: string): Promise<string> {
  const { AuthenticationResult: tokens } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD },
    }),
  );
  const token = tokens?.IdToken;
  expectThat(token !== undefined, 'Cognito gave no ID token.');
  return token;
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

export async function leave(
  systems: Systems,
  report: Report,
  travellers: readonly Traveller[],
): Promise<void> {
  report.step('Both delete their accounts');
  for (const { token } of travellers) {
    const status = await systems.deleteAccount(token);
    expectThat(status === 200, `DELETE /me/account answered ${status}.`);
    report.saw('API', 'DELETE /me/account → 200');
  }

  report.step('Nothing is left of them');
  for (const traveller of travellers) await expectGone(systems, traveller);
  report.saw('DynamoDB', 'neither a profile nor an entitlement');
  report.saw('Stripe', 'the customers are deleted, their subscriptions canceled');
  report.saw('Cognito', 'the users are gone');

  report.step('The old tokens open nothing, and asking again changes nothing');
  for (const { token, sub } of travellers) {
    const again = await systems.deleteAccount(token);
    expectThat(again === 200, `The second DELETE /me/account answered ${again}.`);
    const { status: standing, access_granted } = await systems.entitlements(token);
    expectThat(standing === 'none' && !access_granted, `A deleted user still has ${standing}.`);
    const { status: refused } = await systems.refused('/me/checkout-session', token, {
      price: 'pro_monthly',
    });
    expectThat(refused === 410, `A deleted user's checkout answered ${String(refused)}.`);
    expectThat((await systems.profile(sub)) === undefined, 'The profile came back.');
  }
  report.saw('API', 'DELETE → 200 again; GET /me/entitlements → none, no access; a checkout → 410');
}

async function expectGone(systems: Systems, { sub, username, customerId }: Traveller): Promise<void> {
  const rows = [await systems.profile(sub), await systems.entitlement(sub)];
  expectThat(
    rows.every((row) => row === undefined),
    'A row is left in DynamoDB.',
  );
  const customer = await systems.stripe.customers.retrieve(customerId);
  expectThat(customer.deleted === true, 'The Stripe customer lives.');
  const { data } = await systems.stripe.subscriptions.list({ customer: customerId, status: 'all' });
  expectThat(
    data.every((subscription) => subscription.status === 'canceled'),
    'A subscription still bills.',
  );
  expectThat(await isGone(systems, username), 'The Cognito user is still there.');
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
