import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  DeleteUserCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { code, password, startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';
import { CLIENT_ID, userPoolId } from './pool.ts';

/** Records every event. The first part of the email address selects the answer. */
const trigger = `
  globalThis.events = globalThis.events ?? [];
  if (event.read) return globalThis.events.splice(0);
  globalThis.events.push(event);
  const email = event.request.userAttributes.email;
  if (email.startsWith('throws')) throw new Error('no luck');
  if (email.startsWith('silent')) await new Promise((resolve) => setTimeout(resolve, 400));
  if (email.startsWith('nothing')) return null;
  if (email.startsWith('other')) return { ...event, userName: 'another user' };
  return event;
`;

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud({
    functions: { 'post-confirmation': { timeoutSeconds: 5, body: trigger } },
    concurrency: 1,
    triggerTimeoutMs: 150,
  });
});
afterAll(() => cloud.close());

async function triggerEvents(): Promise<Record<string, unknown>[]> {
  const result = await cloud.lambda.invoke('post-confirmation', { read: true });
  return result.ok ? (result.payload as Record<string, unknown>[]) : [];
}
beforeEach(async () => {
  await triggerEvents();
});

const inPool = { UserPoolId: userPoolId };
const statusOf = async (username: string): Promise<string | undefined> =>
  (await cloud.client.send(new AdminGetUserCommand({ ...inPool, Username: username }))).UserStatus;

describe('Sign-up', () => {
  it('refuses a short password', async () => {
    const input = { ClientId: CLIENT_ID, Username: 'short@example.com', Password: '1234567' };
    await expect(cloud.client.send(new SignUpCommand(input))).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: 'Password did not conform with policy: Password not long enough',
    });
  });

  it('rejects clients that choose their sub or mark their address as verified', async () => {
    for (const Name of ['sub', 'email_verified']) {
      const UserAttributes = [{ Name, Value: 'true' }];
      const input = { ClientId: CLIENT_ID, Username: 'sly@example.com', Password: password, UserAttributes };
      await expect(cloud.client.send(new SignUpCommand(input))).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      });
    }
  });

  it('resends the code to unconfirmed users only', async () => {
    await cloud.signUp('again@example.com');
    const input = { ClientId: CLIENT_ID, Username: 'again@example.com' };
    const { CodeDeliveryDetails } = await cloud.client.send(new ResendConfirmationCodeCommand(input));
    expect(CodeDeliveryDetails?.AttributeName).toBe('email');
    await cloud.confirm('again@example.com');
    await expect(cloud.client.send(new ResendConfirmationCodeCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('Confirming a sign-up', () => {
  it('verifies the address, and fires the trigger with the event that AWS sends', async () => {
    const sub = await cloud.signUp('ada@example.com');
    await cloud.client.send(
      new ConfirmSignUpCommand({
        ClientId: CLIENT_ID,
        Username: 'ada@example.com',
        ConfirmationCode: code,
        ClientMetadata: { from: 'a test' },
      }),
    );
    expect(await triggerEvents()).toEqual([
      {
        version: '1',
        region: 'us-east-1',
        userPoolId,
        userName: sub,
        callerContext: { awsSdkVersion: expect.any(String), clientId: CLIENT_ID },
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        request: {
          userAttributes: {
            sub,
            email: 'ada@example.com',
            email_verified: 'true',
            'cognito:user_status': 'CONFIRMED',
          },
          clientMetadata: { from: 'a test' },
        },
        response: {},
      },
    ]);
    const { idToken } = await cloud.signIn('ada@example.com');
    expect(decodeJwt(idToken)).toMatchObject({ sub, email_verified: true, 'cognito:username': sub });
  });

  it('works once: a second attempt is rejected and does not fire the trigger', async () => {
    await cloud.signUp('once@example.com');
    await cloud.confirm('once@example.com');
    await triggerEvents();
    await expect(cloud.confirm('once@example.com')).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'User cannot be confirmed. Current status is CONFIRMED',
    });
    await cloud.client.send(new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: 'once@example.com' }));
    await expect(cloud.confirm('once@example.com')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(await triggerEvents()).toEqual([]);
  });

  it('succeeds for one of several concurrent attempts, and fires the trigger once', async () => {
    await cloud.signUp('twins@example.com');
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => cloud.confirm('twins@example.com')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await triggerEvents()).toHaveLength(1);
  });

  it('with a wrong code is rejected and does not fire the trigger', async () => {
    await cloud.signUp('wrong@example.com');
    const input = { ClientId: CLIENT_ID, Username: 'wrong@example.com', ConfirmationCode: '000000' };
    await expect(cloud.client.send(new ConfirmSignUpCommand(input))).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    expect(await statusOf('wrong@example.com')).toBe('UNCONFIRMED');
    expect(await triggerEvents()).toEqual([]);
  });

  it('as an administrator fires the trigger, and leaves the address unverified', async () => {
    await cloud.signUp('admin@example.com');
    await cloud.client.send(new AdminConfirmSignUpCommand({ ...inPool, Username: 'admin@example.com' }));
    expect(await triggerEvents()).toMatchObject([
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        request: { userAttributes: { email_verified: 'false', 'cognito:user_status': 'CONFIRMED' } },
      },
    ]);
  });

  it('fails when the trigger throws, and leaves the user confirmed', async () => {
    await cloud.signUp('throws@example.com');
    await expect(cloud.confirm('throws@example.com')).rejects.toMatchObject({
      name: 'UserLambdaValidationException',
      message: 'PostConfirmation failed with error no luck.',
    });
    expect(await statusOf('throws@example.com')).toBe('CONFIRMED');
    expect(await triggerEvents()).toHaveLength(1);
  });

  it('fails after three attempts when the trigger does not answer in time', async () => {
    await cloud.signUp('silent@example.com');
    await expect(cloud.confirm('silent@example.com')).rejects.toMatchObject({
      name: 'UnexpectedLambdaException',
    });
    expect(await triggerEvents()).toHaveLength(3);
    expect(await statusOf('silent@example.com')).toBe('CONFIRMED');
  });

  it.each(['nothing@example.com', 'other@example.com'])(
    'fails when the trigger does not return the event (%s)',
    async (email) => {
      await cloud.signUp(email);
      await expect(cloud.confirm(email)).rejects.toMatchObject({
        name: 'InvalidLambdaResponseException',
      });
      expect(await triggerEvents()).toHaveLength(1);
    },
  );
});

describe('A user created by an administrator', () => {
  it('never fires the trigger, neither at creation nor at sign-in', async () => {
    const Username = 'created@example.com';
    await cloud.client.send(new AdminCreateUserCommand({ ...inPool, Username, MessageAction: 'SUPPRESS' }));
    await cloud.client.send(
      new AdminSetUserPasswordCommand({ ...inPool, Username, Password: password, Permanent: true }),
    );
    await cloud.signIn(Username);
    expect(await triggerEvents()).toEqual([]);
  });
});

describe('A password reset', () => {
  const reset = async (email: string, ConfirmationCode: string): Promise<void> => {
    const input = { ClientId: CLIENT_ID, Username: email, ConfirmationCode, Password: 'Another-horse-2' };
    await cloud.client.send(new ConfirmForgotPasswordCommand(input));
  };

  it('fires the trigger with its own source', async () => {
    await cloud.signUp('reset@example.com');
    await cloud.confirm('reset@example.com');
    await triggerEvents();
    await cloud.client.send(
      new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: 'reset@example.com' }),
    );
    await reset('reset@example.com', code);
    expect(await triggerEvents()).toMatchObject([
      { triggerSource: 'PostConfirmation_ConfirmForgotPassword', request: { userAttributes: {} } },
    ]);
  });

  it('is rejected with a wrong code or one that was not requested, and keeps the old password valid', async () => {
    await cloud.signUp('robbed@example.com');
    await cloud.confirm('robbed@example.com');
    await expect(reset('robbed@example.com', code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    await cloud.client.send(
      new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: 'robbed@example.com' }),
    );
    await expect(reset('robbed@example.com', '000000')).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    await cloud.signIn('robbed@example.com');
  });
});

describe('The published keys', () => {
  it('verify the tokens, which are valid for one hour', async () => {
    await cloud.signUp('tokens@example.com');
    await cloud.confirm('tokens@example.com');
    const tokens = await cloud.signIn('tokens@example.com');
    const discovery = await (await fetch(`${cloud.cognito.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({ issuer: `${cloud.cognito.url}/${userPoolId}` });
    const keys = createRemoteJWKSet(new URL((discovery as { jwks_uri: string }).jwks_uri));
    for (const token of Object.values(tokens)) {
      const { payload } = await jwtVerify(token, keys, { issuer: cloud.cognito.issuer });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    }
  });

  it('publishes no keys for another pool', async () => {
    const response = await fetch(`${cloud.cognito.url}/us-east-1_Other0000/.well-known/jwks.json`);
    expect(response.status).toBe(404);
  });
});

describe('Deletion by an administrator', () => {
  const remove = async (Username: string): Promise<unknown> =>
    cloud.client.send(new AdminDeleteUserCommand({ ...inPool, Username }));
  const notFound = { name: 'UserNotFoundException' };

  it.each(['sub', 'address'])('works for a local user by %s', async (by) => {
    const email = `local-${by}@example.com`;
    const sub = await cloud.signUp(email);
    await remove(by === 'sub' ? sub : email);
    await expect(remove(sub)).rejects.toMatchObject(notFound);
  });

  it('works for a federated user by username only', async () => {
    const signIn = { provider: 'Google', id: '1', email: 'google@example.com' };
    const { username, sub } = await cloud.cognito.signInFederated(signIn);
    expect(username).toBe('Google_1');
    await expect(remove(sub)).rejects.toMatchObject(notFound);
    await expect(remove('google@example.com')).rejects.toMatchObject(notFound);
    await remove('Google_1');
    await expect(remove('Google_1')).rejects.toMatchObject(notFound);
  });

  it('by email address deletes the local user when a federated user has the same address', async () => {
    const email = 'shared@example.com';
    await cloud.cognito.signInFederated({ provider: 'Google', id: '2', email });
    const sub = await cloud.signUp(email);
    await remove(email);
    await expect(remove(sub)).rejects.toMatchObject(notFound);
    expect(await statusOf('Google_2')).toBe('EXTERNAL_PROVIDER');
  });
});

describe('A federated user', () => {
  const apple = { provider: 'SignInWithApple', id: '001.x', email: 'apple@example.com' };

  it('is created by the first sign-in, which fires the trigger, and only gets tokens from the second', async () => {
    const response = await fetch(`${cloud.api}/_local/federated-user`, {
      method: 'POST',
      body: JSON.stringify(apple),
    });
    const first = (await response.json()) as { username: string; sub: string; idToken: string };
    expect(first.username).toBe('SignInWithApple_001.x');
    expect(await triggerEvents()).toMatchObject([
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        userName: 'SignInWithApple_001.x',
        request: {
          userAttributes: {
            sub: first.sub,
            email: 'apple@example.com',
            email_verified: 'false',
            'cognito:user_status': 'EXTERNAL_PROVIDER',
          },
        },
      },
    ]);
    expect((await cloud.cognito.signInFederated(apple)).sub).toBe(first.sub);
    expect(await triggerEvents()).toEqual([]);
    expect(decodeJwt(first.idToken)).toMatchObject({
      sub: first.sub,
      'cognito:username': 'SignInWithApple_001.x',
      token_use: 'id',
      identities: [{ userId: '001.x', providerName: 'SignInWithApple', primary: 'true' }],
    });
  });

  it('can read and delete itself with its own token', async () => {
    const { accessToken, username } = await cloud.cognito.signInFederated({ ...apple, id: 'own' });
    const { Username } = await cloud.client.send(new GetUserCommand({ AccessToken: accessToken }));
    expect(Username).toBe(username);
    await cloud.client.send(new DeleteUserCommand({ AccessToken: accessToken }));
    await expect(statusOf(username)).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  it('cannot sign in without provider, id and email address', async () => {
    const response = await fetch(`${cloud.api}/_local/federated-user`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
  });
});

describe('The public address', () => {
  it('rejects unknown operations and those that only the front may call', async () => {
    for (const target of ['', 'Nonsense', 'AWSCognitoIdentityProviderService.LocalDeleteAllUsers']) {
      const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
      const response = await fetch(cloud.cognito.url, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
    }
  });

  it('accepts calls from the pages of allowed origins only', async () => {
    const statusFor = async (origin: string): Promise<{ signUp: Response; preflight: Response }> => {
      const headers = { 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp', origin };
      return {
        signUp: await fetch(cloud.cognito.url, { method: 'POST', headers, body: '{}' }),
        preflight: await fetch(cloud.cognito.url, { method: 'OPTIONS', headers: { origin } }),
      };
    };
    const app = await statusFor('http://localhost:5173');
    expect(app.signUp.headers.get('access-control-allow-origin')).toBe('*');
    expect(app.preflight.ok).toBe(true);
    const other = await statusFor('https://a.example');
    expect([other.signUp.status, other.preflight.status]).toEqual([403, 403]);
    expect(other.preflight.headers.has('access-control-allow-origin')).toBe(false);
  });
});
