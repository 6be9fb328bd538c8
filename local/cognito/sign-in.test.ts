/** The operations of a sign-in, step by step, with a clock that the tests set. */
import { createRequire } from 'node:module';
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedCognito, openEmbeddedCognito } from '../../tests/support/embedded-cognito.ts';
import { answerFrom } from '../../tests/support/in-process.ts';
import { srpClient } from '../../tests/support/srp-client.ts';
import { parseJsonObject } from '../http/body.ts';
import type { JsonObject } from './backend.ts';
import { CLIENT_ID as ClientId, userPoolId as UserPoolId } from './pool.ts';

const PASSWORD = 'Correct-horse-1';
const SESSION_MS = 180_000;
const incorrect = { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' };

let cognito: EmbeddedCognito;
let nowMs = 0;

beforeAll(async () => {
  cognito = await openEmbeddedCognito(() => nowMs);
});
beforeEach(() => {
  nowMs += 10 * SESSION_MS;
});

interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string;
}

async function ask(operation: string, input: object): Promise<JsonObject> {
  const answer = await answerFrom(cognito.listener, {
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
  });
  return parseJsonObject(answer.body) ?? {};
}

let count = 0;
async function newUser(): Promise<string> {
  count += 1;
  const Username = `user-${count}@example.com`;
  await ask('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' });
  const UserAttributes = [
    { Name: 'email', Value: Username },
    { Name: 'email_verified', Value: 'true' },
  ];
  await ask('AdminUpdateUserAttributes', { UserPoolId, Username, UserAttributes });
  await ask('AdminSetUserPassword', { UserPoolId, Username, Password: PASSWORD, Permanent: true });
  return Username;
}

interface Question {
  readonly parameters: Readonly<Record<string, string>>;
  /** The answer to the challenge with this password. */
  answer(password?: string): Promise<Record<string, string>>;
}

async function begin(USERNAME: string, client = ClientId): Promise<Question> {
  const srp = await srpClient('Predixa01');
  const AuthParameters = { USERNAME, SRP_A: srp.publicA };
  const output = await ask('InitiateAuth', { ClientId: client, AuthFlow: 'USER_SRP_AUTH', AuthParameters });
  const parameters = output['ChallengeParameters'] as Record<string, string>;
  const { USER_ID_FOR_SRP = '', SALT = '', SRP_B = '', SECRET_BLOCK = '' } = parameters;
  const question = { userId: USER_ID_FOR_SRP, salt: SALT, publicB: SRP_B, secretBlock: SECRET_BLOCK };
  return {
    parameters,
    async answer(password = PASSWORD) {
      const proof = await srp.prove(password, question);
      return {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: proof.secretBlock,
        PASSWORD_CLAIM_SIGNATURE: proof.signature,
        TIMESTAMP: proof.timestamp,
      };
    },
  };
}

const respond = (ChallengeResponses: object, client = ClientId) =>
  ask('RespondToAuthChallenge', { ClientId: client, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses });

async function signIn(username: string): Promise<Tokens> {
  const { AuthenticationResult } = await respond(await (await begin(username)).answer());
  return AuthenticationResult as Tokens;
}

const initiate = (AuthFlow: string, AuthParameters: object = {}, operation = 'InitiateAuth') =>
  ask(operation, { UserPoolId, ClientId, AuthFlow, AuthParameters });

const refresh = (REFRESH_TOKEN: string) => initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN });

describe('A challenge', () => {
  it('can be answered once', async () => {
    const answer = await (await begin(await newUser())).answer();
    expect(await respond(answer)).toHaveProperty('AuthenticationResult.RefreshToken');
    expect(await respond(answer)).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Invalid session for the user, session can only be used once.',
    });
  });

  it('is over after a wrong password', async () => {
    const question = await begin(await newUser());
    expect(await respond(await question.answer('Wrong-horse-1'))).toEqual(incorrect);
    expect(await respond(await question.answer())).toMatchObject({ __type: 'NotAuthorizedException' });
  });

  it('is over after three minutes', async () => {
    const username = await newUser();
    const [inTime, late] = [await begin(username), await begin(username)];
    nowMs += SESSION_MS;
    expect(await respond(await inTime.answer())).toHaveProperty('AuthenticationResult');
    nowMs += 1;
    expect(await respond(await late.answer())).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Invalid session for the user, session is expired.',
    });
  });

  it('belongs to its user and its app client', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const stolen = { ...(await (await begin(one)).answer()), USERNAME: other };
    expect(await respond(stolen)).toEqual(incorrect);
    const second = await newClient({ PreventUserExistenceErrors: 'ENABLED' });
    expect(await respond(await (await begin(one)).answer(), second)).toEqual(incorrect);
    const typed = { ...(await (await begin(one)).answer()), USERNAME: one.toUpperCase() };
    expect(await respond(typed)).toHaveProperty('AuthenticationResult');
  });

  it('ends with a change of the password', async () => {
    const Username = await newUser();
    const question = await begin(Username);
    await ask('AdminSetUserPassword', { UserPoolId, Username, Password: 'Another-horse-2', Permanent: true });
    expect(await respond(await question.answer())).toEqual(incorrect);
  });

  it('is refused without one of its parts, and with a time in another form', async () => {
    const username = await newUser();
    const names = ['USERNAME', 'PASSWORD_CLAIM_SECRET_BLOCK', 'PASSWORD_CLAIM_SIGNATURE', 'TIMESTAMP'];
    for (const name of names) {
      const { [name]: _, ...rest } = await (await begin(username)).answer();
      expect(await respond(rest)).toMatchObject({ __type: 'InvalidParameterException' });
    }
    const answer = await (await begin(username)).answer();
    expect(await respond({ ...answer, TIMESTAMP: '2026-11-28T09:05:00Z' })).toMatchObject({
      __type: 'InvalidParameterException',
    });
  });
});

describe('A user who does not exist', () => {
  it('gets the same kind of challenge at every attempt, and the answer to a wrong password', async () => {
    const question = await begin('unknown@example.com');
    const again = await begin('Unknown@example.com');
    for (const name of ['SALT', 'USER_ID_FOR_SRP']) {
      expect(again.parameters[name]).toBe(question.parameters[name]);
    }
    const known = await begin(await newUser());
    const shapes = [question, known].map(({ parameters }) =>
      Object.entries(parameters).map(([name, value]) => [name, name === 'SRP_B' ? 0 : value.length]),
    );
    expect(shapes[0]).toEqual(shapes[1]);
    expect(await respond(await question.answer())).toEqual(incorrect);
  });

  it('is named as such if the app client does not hide its users', async () => {
    const client = await newClient({ PreventUserExistenceErrors: 'LEGACY' });
    const Username = 'unknown@example.com';
    const SRP_A = (await srpClient('Predixa01')).publicA;
    const AuthParameters = { USERNAME: Username, SRP_A };
    const notFound = { __type: 'UserNotFoundException' };
    expect(
      await ask('InitiateAuth', { ClientId: client, AuthFlow: 'USER_SRP_AUTH', AuthParameters }),
    ).toMatchObject(notFound);
    const input = { ClientId: client, Username, ConfirmationCode: '123456', Password: PASSWORD };
    for (const name of ['ForgotPassword', 'ConfirmForgotPassword', 'ConfirmSignUp', 'ResendConfirmationCode'])
      expect(await ask(name, input)).toMatchObject(notFound);
  });
});

async function newClient(settings: object): Promise<string> {
  const flows = ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
  const input = { UserPoolId, ClientName: 'second', ExplicitAuthFlows: flows, ...settings };
  const { UserPoolClient } = await ask('CreateUserPoolClient', input);
  return (UserPoolClient as { ClientId: string }).ClientId;
}

describe('The app client', () => {
  const notEnabled = (flow: string) => ({
    __type: 'InvalidParameterException',
    message: `${flow} flow not enabled for this client`,
  });
  const unsupported = {
    __type: 'InvalidParameterException',
    message: 'Initiate Auth method not supported.',
  };

  it('allows SRP and refreshes alone, as the deployed one', async () => {
    const password = { USERNAME: await newUser(), PASSWORD };
    for (const flow of ['USER_PASSWORD_AUTH', 'CUSTOM_AUTH', 'USER_AUTH']) {
      expect(await initiate(flow, password)).toEqual(notEnabled(flow));
    }
    expect(await initiate('ADMIN_USER_PASSWORD_AUTH', password, 'AdminInitiateAuth')).toEqual(
      notEnabled('Auth'),
    );
    expect(await initiate('ADMIN_USER_PASSWORD_AUTH', password)).toEqual(unsupported);
    expect(await initiate('USER_PASSWORD_AUTH', password, 'AdminInitiateAuth')).toEqual(unsupported);
  });

  it('allows passwords in the clear once its settings do', async () => {
    const client = await newClient({
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    const USERNAME = await newUser();
    const attempt = (AuthFlow: string, secret: string) => {
      const AuthParameters = { USERNAME, PASSWORD: secret };
      const operation = AuthFlow.startsWith('ADMIN') ? 'AdminInitiateAuth' : 'InitiateAuth';
      return ask(operation, { UserPoolId, ClientId: client, AuthFlow, AuthParameters });
    };
    for (const flow of ['USER_PASSWORD_AUTH', 'ADMIN_USER_PASSWORD_AUTH']) {
      expect(await attempt(flow, PASSWORD)).toHaveProperty('AuthenticationResult.IdToken');
      expect(await attempt(flow, 'Wrong-horse-1')).toEqual(incorrect);
    }
  });

  it('and its pool must exist', async () => {
    const notFound = { __type: 'ResourceNotFoundException' };
    for (const name of ['InitiateAuth', 'RespondToAuthChallenge', 'RevokeToken', 'SignUp', 'ForgotPassword'])
      expect(await ask(name, { ClientId: 'unknown', Username: 'a@example.com' })).toMatchObject(notFound);
    const input = { UserPoolId: 'us-east-1_Other0000', ClientId, AuthFlow: 'USER_SRP_AUTH' };
    expect(await ask('AdminInitiateAuth', input)).toMatchObject(notFound);
  });
});

describe('A disabled user', () => {
  it('is named as such only after the right password, and can neither refresh nor reset the password', async () => {
    const Username = await newUser();
    const { RefreshToken, AccessToken } = await signIn(Username);
    await ask('AdminDisableUser', { UserPoolId, Username });
    const disabled = { __type: 'NotAuthorizedException', message: 'User is disabled.' };
    expect(await respond(await (await begin(Username)).answer())).toEqual(disabled);
    expect(await respond(await (await begin(Username)).answer('Wrong-horse-1'))).toEqual(incorrect);
    expect(await refresh(RefreshToken)).toEqual(disabled);
    expect(await ask('GetUser', { AccessToken })).toEqual(disabled);
    expect(await ask('ForgotPassword', { ClientId, Username })).toHaveProperty('CodeDeliveryDetails');
    const reset = { ClientId, Username, ConfirmationCode: '123456', Password: 'Another-horse-2' };
    expect(await ask('ConfirmForgotPassword', reset)).toMatchObject({ __type: 'CodeMismatchException' });
    await ask('AdminEnableUser', { UserPoolId, Username });
    expect(await signIn(Username)).toHaveProperty('IdToken');
  });
});

describe('A refresh token', () => {
  it('continues its sign-in for thirty days, by either operation', async () => {
    const { RefreshToken, IdToken } = await signIn(await newUser());
    const { exp = 0, iat = 0 } = decodeJwt(RefreshToken);
    expect(exp - iat).toBe(30 * 86_400);
    const answers = [
      await refresh(RefreshToken),
      await ask('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
    ];
    for (const { AuthenticationResult } of answers) {
      expect(AuthenticationResult).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' });
      expect(AuthenticationResult).not.toHaveProperty('RefreshToken');
      const { origin_jti, auth_time } = decodeJwt(IdToken);
      expect(decodeJwt((AuthenticationResult as Tokens).IdToken)).toMatchObject({
        origin_jti,
        auth_time,
      });
    }
  });

  it('is revoked with the access tokens of its sign-in, and without those of another', async () => {
    const username = await newUser();
    const [one, other] = [await signIn(username), await signIn(username)];
    expect(await ask('RevokeToken', { ClientId, Token: one.AccessToken })).toMatchObject({
      __type: 'UnsupportedTokenTypeException',
    });
    for (const Token of [one.RefreshToken, one.RefreshToken, 'unknown']) {
      expect(await ask('RevokeToken', { ClientId, Token })).toEqual({});
    }
    expect(await refresh(one.RefreshToken)).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Refresh Token has been revoked',
    });
    expect(await ask('GetUser', { AccessToken: one.AccessToken })).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    expect(await refresh(other.RefreshToken)).toHaveProperty('AuthenticationResult.AccessToken');
    expect(await ask('GetUser', { AccessToken: other.AccessToken })).toHaveProperty('Username');
  });

  it('of every sign-in works, also when several devices sign in at once', async () => {
    const username = await newUser();
    const answers = await Promise.all([1, 2, 3, 4].map(async () => (await begin(username)).answer()));
    const outputs = await Promise.all(answers.map((answer) => respond(answer)));
    for (const { AuthenticationResult } of outputs) {
      const { RefreshToken } = AuthenticationResult as Tokens;
      expect(await refresh(RefreshToken)).toHaveProperty('AuthenticationResult.AccessToken');
    }
  });

  it('is refused once it has expired', async () => {
    const Username = await newUser();
    const { jwk } = createRequire(import.meta.url)('cognito-local/lib/keys/cognitoLocal.private.json') as {
      readonly jwk: JWK;
    };
    const expired = await new SignJWT({ 'cognito:username': Username })
      .setProtectedHeader({ alg: 'RS256' })
      .setExpirationTime('1 minute ago')
      .sign(await importJWK(jwk, 'RS256'));
    expect(await refresh(expired)).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Refresh Token has expired',
    });
  });

  it('ends when an administrator signs the user out', async () => {
    const Username = await newUser();
    const { RefreshToken, AccessToken } = await signIn(Username);
    await ask('AdminUserGlobalSignOut', { UserPoolId, Username });
    expect(await refresh(RefreshToken)).toMatchObject({ message: 'Refresh Token has been revoked' });
    expect(await ask('GetUser', { AccessToken })).toMatchObject({ message: 'Access Token has been revoked' });
  });
});

describe('An access token', () => {
  it('is refused if it is forged, or another kind of token', async () => {
    const { AccessToken, IdToken, RefreshToken } = await signIn(await newUser());
    const { exp: _, ...claims } = decodeJwt(AccessToken);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(Buffer.from('a key that the forger chose, of 32 bytes or more'));
    for (const token of [forged, IdToken, RefreshToken, 'nonsense', '']) {
      for (const operation of ['GetUser', 'GlobalSignOut', 'DeleteUser', 'ChangePassword']) {
        const answer = await ask(operation, { AccessToken: token });
        expect(answer['__type']).toBe(token === '' ? 'InvalidParameterException' : 'NotAuthorizedException');
      }
    }
    expect(await ask('GetUser', { AccessToken })).toHaveProperty('Username');
  });
});
