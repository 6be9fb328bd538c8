/** Sign-up, forgotten passwords and changes of the own account, in the cases that the clients' tests do not reach. */
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  DeleteUserAttributesCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  code,
  password,
  quietTrigger,
  startTestCloud,
  type TestCloud,
} from '../../tests/support/test-cloud.ts';
import { CLIENT_ID as ClientId, userPoolId as UserPoolId } from './pool.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
});
afterAll(() => cloud.close());

const email = (Value: string) => [{ Name: 'email', Value }];
const destination = { CodeDeliveryDetails: { DeliveryMedium: 'EMAIL', AttributeName: 'email' } };

async function newUser(Username: string): Promise<string> {
  await cloud.signUp(Username);
  await cloud.confirm(Username);
  return Username;
}

const forget = (Username: string) => cloud.client.send(new ForgotPasswordCommand({ ClientId, Username }));

const reset = (Username: string, Password = 'Another-horse-2') =>
  cloud.client.send(
    new ConfirmForgotPasswordCommand({ ClientId, Username, Password, ConfirmationCode: code }),
  );

describe('A sign-up', () => {
  const signUp = (Username: string, extra: object = {}) =>
    cloud.client.send(new SignUpCommand({ ClientId, Username, Password: password, ...extra }));

  it.each(['ada', 'ada@', '@example.com', 'a b@example.com', 'a@b@c'])(
    'needs an address: not %s',
    async (name) => {
      await expect(signUp(name)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    },
  );

  it('gives the user the address of the username, in one spelling or another, and no other', async () => {
    await expect(
      signUp('one@example.com', { UserAttributes: email('other@example.com') }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await signUp('one@example.com', { UserAttributes: email('One@example.com') });
    await expect(signUp('ONE@example.com')).rejects.toMatchObject({
      name: 'UsernameExistsException',
      message: 'An account with the given email already exists.',
    });
  });

  it.each(['Pässwört1', 'ПАРОЛЬ-пароль-1', 'Correct١-horse', ' Correcthorse1', 'Correcthorse1 '])(
    'is refused with a password whose characters Cognito does not count: %s',
    async (Password) => {
      await expect(signUp('weak@example.com', { Password })).rejects.toMatchObject({
        name: 'InvalidPasswordException',
      });
    },
  );

  it('accepts a space inside the password as its symbol, and at most 256 characters', async () => {
    await signUp('spaced@example.com', { Password: 'Correct horse 1' });
    await expect(signUp('long@example.com', { Password: `Aa-1${'x'.repeat(253)}` })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('does not show whether an address is known: the code is sent, or does not match', async () => {
    const Username = 'unknown@example.com';
    expect(await cloud.client.send(new ResendConfirmationCodeCommand({ ClientId, Username }))).toMatchObject(
      destination,
    );
    await expect(
      cloud.client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: code })),
    ).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    expect(await forget(Username)).toMatchObject(destination);
    await expect(reset(Username)).rejects.toMatchObject({ name: 'CodeMismatchException' });
  });
});

describe('A forgotten password', () => {
  it('of a user without a verified address cannot be reset, and the answer does not say so', async () => {
    await cloud.signUp('unverified@example.com');
    expect(await forget('unverified@example.com')).toMatchObject(destination);
    // The code of the sign-up confirms the sign-up, and nothing else.
    await expect(reset('unverified@example.com')).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    const { UserStatus } = await cloud.client.send(
      new AdminGetUserCommand({ UserPoolId, Username: 'unverified@example.com' }),
    );
    expect(UserStatus).toBe('UNCONFIRMED');
  });

  it('of a disabled user cannot be reset', async () => {
    const Username = await newUser('disabled@example.com');
    await forget(Username);
    await cloud.client.send(new AdminDisableUserCommand({ UserPoolId, Username }));
    await expect(reset(Username)).rejects.toMatchObject({ name: 'CodeMismatchException' });
  });

  it('needs a new one that the policy allows', async () => {
    const Username = await newUser('weak-reset@example.com');
    await forget(Username);
    await expect(reset(Username, 'weak')).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await reset(Username);
  });
});

describe('A signed-in user', () => {
  async function signedIn(Username: string) {
    await newUser(Username);
    const { accessToken: AccessToken } = await cloud.signIn(Username);
    const update = (UserAttributes: { Name: string; Value: string }[]) =>
      cloud.client.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
    const attributes = async () => {
      const { UserAttributes = [] } = await cloud.client.send(new GetUserCommand({ AccessToken }));
      return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
    };
    const verify = (Code = code) =>
      cloud.client.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }));
    return { AccessToken, update, attributes, verify };
  }

  it('keeps the old address until the new one is verified, whatever else changes', async () => {
    const { update, attributes, verify } = await signedIn('move@example.com');
    expect(await update(email('moved@example.com'))).toMatchObject({
      CodeDeliveryDetailsList: [{ AttributeName: 'email', Destination: 'm***@e***' }],
    });
    expect(await update([{ Name: 'given_name', Value: 'Ada' }])).toMatchObject({
      CodeDeliveryDetailsList: [],
    });
    expect(await attributes()).toMatchObject({ email: 'move@example.com', email_verified: 'true' });
    await verify();
    expect(await attributes()).toMatchObject({ email: 'moved@example.com', email_verified: 'true' });
    await expect(verify()).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it('changes neither the sub nor the mark of a verified address, nor the address to no address', async () => {
    const { update } = await signedIn('sly-update@example.com');
    for (const Name of ['sub', 'email_verified', 'identities']) {
      await expect(update([{ Name, Value: 'true' }])).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      });
    }
    await expect(update(email('nonsense'))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('cannot delete the address, and deletes other attributes', async () => {
    const { AccessToken, update, attributes } = await signedIn('delete-attributes@example.com');
    await update([{ Name: 'given_name', Value: 'Ada' }]);
    const remove = (...UserAttributeNames: string[]) =>
      cloud.client.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames }));
    await expect(remove('given_name', 'email')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await remove('given_name');
    expect(await attributes()).toMatchObject({ email: 'delete-attributes@example.com' });
    expect(await attributes()).not.toHaveProperty('given_name');
  });

  it('has the attributes in the ID token, and an address that is not verified is not called so', async () => {
    const Username = 'shown@example.com';
    const { update } = await signedIn(Username);
    await update([{ Name: 'family_name', Value: 'Lovelace' }]);
    const UserAttributes = [...email(Username), { Name: 'email_verified', Value: 'false' }];
    await cloud.client.send(new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes }));
    const { idToken, accessToken } = await cloud.signIn(Username);
    expect(decodeJwt(idToken)).toMatchObject({ family_name: 'Lovelace', email_verified: false });
    expect(decodeJwt(accessToken)).not.toHaveProperty('email');
  });
});

describe('The sign-in of shells, which the deployed API does not have', () => {
  const signIn = async (body: object) => {
    const response = await fetch(`${cloud.api}/_local/sign-in`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };

  it('answers with the tokens that a sign-in by SRP gives', async () => {
    const Username = await newUser('shell@example.com');
    const { status, answer } = await signIn({ email: Username, password });
    expect(status).toBe(200);
    const { idToken, accessToken } = answer as { idToken: string; accessToken: string };
    expect(decodeJwt(idToken)).toMatchObject({ token_use: 'id', email: Username });
    expect(decodeJwt(accessToken)).toMatchObject({ token_use: 'access', client_id: ClientId });
  });

  it('refuses the users that SRP refuses, in the same words', async () => {
    await cloud.signUp('shell-unconfirmed@example.com');
    await cloud.client.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'shell-created@example.com',
        TemporaryPassword: password,
        MessageAction: 'SUPPRESS',
      }),
    );
    const incorrect = { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    const attempts = [
      [{ email: 'shell-unknown@example.com', password }, incorrect],
      [{ email: 'shell-unconfirmed@example.com', password: 'Wrong-horse-1' }, incorrect],
      [{ email: 'shell-unconfirmed@example.com', password }, { __type: 'UserNotConfirmedException' }],
      [{ email: 'shell-created@example.com', password: 'Wrong-horse-1' }, incorrect],
      [
        { email: 'shell-created@example.com', password },
        { message: expect.stringContaining('NEW_PASSWORD_REQUIRED') },
      ],
      [{ email: 'shell-unknown@example.com' }, { message: expect.stringContaining('Send {') }],
    ] as const;
    for (const [body, expected] of attempts) {
      const { status, answer } = await signIn(body);
      expect(status).toBe(400);
      expect(answer).toMatchObject(expected);
    }
  });
});
