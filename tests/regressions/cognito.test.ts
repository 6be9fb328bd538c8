/** Cognito's triggers and identities, from sign-up to deletion. */
import { randomUUID } from 'node:crypto';
import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { everyOf } from '../support/wire.ts';
import { confirmation } from './scene.ts';

let cloud: LocalCloud;
let systems: Systems;
let stage: Stage;
beforeAll(async () => {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  [cloud, stage] = await Promise.all([createLocalCloud({ ephemeral: true, ports }), createStage()]);
  systems = systemsAt(cloud.env);
});
afterAll(async () => {
  systems.close();
  await Promise.all([cloud.close(), stage.close()]);
});

const customersOf = async (sub: string) => {
  const { data } = await systems.stripe.customers.list({ limit: 100 });
  return data.filter(({ metadata }) => metadata['cognito_sub'] === sub);
};

const password = 'Correct-horse-1';
const code = '123456';

async function signUp(): Promise<{ sub: string; email: string }> {
  const email = `${randomUUID()}@example.com`;
  const ClientId = systems.clientId;
  const { UserSub = '' } = await systems.cognito.send(
    new SignUpCommand({ ClientId, Username: email, Password: password }),
  );
  return { sub: UserSub, email };
}

async function confirmedUser(): Promise<{ sub: string; email: string }> {
  const user = await signUp();
  const input = { ClientId: systems.clientId, Username: user.email, ConfirmationCode: code };
  await systems.cognito.send(new ConfirmSignUpCommand(input));
  return user;
}

it('failure mode 25: a password reset creates no customer and changes no row', async () => {
  const { sub, email } = await confirmedUser();
  const before = [await systems.profile(sub), await systems.entitlement(sub)];
  expect(before[0]).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
  const named = { ClientId: systems.clientId, Username: email };
  await systems.cognito.send(new ForgotPasswordCommand(named));
  const reset = { ...named, ConfirmationCode: code, Password: 'Correct-horse-2' };
  await systems.cognito.send(new ConfirmForgotPasswordCommand(reset));
  expect([await systems.profile(sub), await systems.entitlement(sub)]).toEqual(before);
  expect(await customersOf(sub)).toHaveLength(1);
});

it('failure mode 26: three concurrent sign-ups return within five seconds while Stripe hangs, and later ones create one customer', async () => {
  const sub = randomUUID();
  const event = confirmation(stage, sub);
  const call = () => stage.invoke('post-confirmation', event);
  stage.wires.stripe.fail(everyOf('POST /v1/customers', 'hang'));
  const begun = performance.now();
  expect(await Promise.all([call(), call(), call()])).toEqual([event, event, event]);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(await stage.profile(sub)).not.toHaveProperty('stripeCustomerId');
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  stage.calm();
  await Promise.all([call(), call(), call()]);
  const { data } = await stage.stripe.customers.list({ limit: 100 });
  const made = data.filter(({ metadata }) => metadata['cognito_sub'] === sub);
  expect(made).toHaveLength(1);
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: made[0]?.id });
});

it('failure mode 29: a user who signs in with the same identity after a deletion is a new user', async () => {
  const identity = { provider: 'Google', id: randomUUID(), email: `${randomUUID()}@example.com` };
  const first = await cloud.signInFederated(identity);
  const before = await systems.profile(first.sub);
  expect(await systems.deleteAccount(first.idToken)).toMatchObject({ status: 200 });
  const second = await cloud.signInFederated(identity);
  expect(second.sub).not.toBe(first.sub);
  const after = await systems.profile(second.sub);
  expect(after).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
  expect(after?.['stripeCustomerId']).not.toBe(before?.['stripeCustomerId']);
  expect(await systems.entitlements(second.idToken)).toMatchObject({ status: 'none', access_granted: false });
  expect([await systems.profile(first.sub), await systems.entitlement(first.sub)]).toEqual([
    undefined,
    undefined,
  ]);
});

describe('The sign-up trigger', () => {
  it('failure mode 31: fires when a sign-up is confirmed, not when it is requested', async () => {
    const { sub, email } = await signUp();
    expect(await systems.profile(sub)).toBeUndefined();
    const input = { ClientId: systems.clientId, Username: email, ConfirmationCode: code };
    await systems.cognito.send(new ConfirmSignUpCommand(input));
    expect(await systems.profile(sub)).toMatchObject({ userId: sub });
  });

  it('failure mode 31: fires when an administrator confirms a sign-up', async () => {
    const { sub, email } = await signUp();
    const input = { UserPoolId: systems.poolId, Username: email };
    await systems.cognito.send(new AdminConfirmSignUpCommand(input));
    expect(await systems.profile(sub)).toMatchObject({ userId: sub });
  });

  it('failure mode 31: never fires for users that an administrator creates', async () => {
    const Username = `${randomUUID()}@example.com`;
    const input = { UserPoolId: systems.poolId, Username };
    const { User } = await systems.cognito.send(
      new AdminCreateUserCommand({ ...input, MessageAction: 'SUPPRESS' }),
    );
    const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    expect(sub).not.toBe('');
    expect([await systems.profile(sub), await systems.entitlement(sub)]).toEqual([undefined, undefined]);
  });
});

it('original defect 8: a Google user is deleted by username, because Cognito finds no user by the sub', async () => {
  const identity = { provider: 'Google', id: randomUUID(), email: `${randomUUID()}@example.com` };
  const user = await cloud.signInFederated(identity);
  const inPool = (Username: string) =>
    systems.cognito.send(new AdminGetUserCommand({ UserPoolId: systems.poolId, Username }));
  await expect(inPool(user.sub)).rejects.toMatchObject({ name: 'UserNotFoundException' });
  expect((await inPool(user.username)).Username).toBe(user.username);
  expect(await systems.deleteAccount(user.idToken)).toMatchObject({ status: 200 });
  await expect(inPool(user.username)).rejects.toMatchObject({ name: 'UserNotFoundException' });
});
