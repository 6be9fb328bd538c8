/** `amazon-cognito-identity-js` with its defaults, from sign-up to deletion. */
import { AdminCreateUserCommand, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  code,
  password,
  quietTrigger,
  startTestCloud,
  type TestCloud,
} from '../../tests/support/test-cloud.ts';
import { CLIENT_ID, userPoolId } from './pool.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
});
afterAll(() => cloud.close());

const NEW_PASSWORD = 'Another-horse-2';

/** Each device has a storage of its own. */
function device(): (email: string) => CognitoUser {
  const stored = new Map<string, string>();
  const Storage: ICognitoStorage = {
    setItem: (key, value) => void stored.set(key, value),
    getItem: (key) => stored.get(key) ?? null,
    removeItem: (key) => void stored.delete(key),
    clear: () => stored.clear(),
  };
  const settings = { UserPoolId: userPoolId, ClientId: CLIENT_ID, endpoint: cloud.cognito.url, Storage };
  const Pool = new CognitoUserPool(settings);
  return (Username) => new CognitoUser({ Username, Pool, Storage });
}

type Done<Value> = (error?: Error | null, value?: Value) => void;

function call<Value>(send: (done: Done<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    send((error, value) => (error ? reject(error) : resolve(value as Value)));
  });
}

function signUp(email: string): Promise<unknown> {
  const pool = new CognitoUserPool({
    UserPoolId: userPoolId,
    ClientId: CLIENT_ID,
    endpoint: cloud.cognito.url,
  });
  return call((done) => pool.signUp(email, password, [], [], done));
}

/** Answers the session, or `new password` if that is what the user must set first. */
function signIn(user: CognitoUser, Password = password): Promise<CognitoUserSession | 'new password'> {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password });
  return new Promise((onSuccess, onFailure) => {
    const newPasswordRequired = () => onSuccess('new password');
    user.authenticateUser(details, { onSuccess, onFailure, newPasswordRequired });
  });
}

let count = 0;
async function newUser(onDevice = device()): Promise<CognitoUser> {
  count += 1;
  const user = onDevice(`identity-${count}@example.com`);
  await signUp(user.getUsername());
  await call<string>((done) => user.confirmRegistration(code, false, done));
  return user;
}

const sessionOf = async (user: CognitoUser): Promise<CognitoUserSession> => {
  const session = await signIn(user);
  if (session === 'new password') throw new Error('The user must set a new password.');
  return session;
};

const revoked = { name: 'NotAuthorizedException', message: 'Refresh Token has been revoked' };

/** As the library does it, which would repeat a refused refresh for seconds. */
async function refreshOnce(token: CognitoRefreshToken): Promise<unknown> {
  const AuthParameters = { REFRESH_TOKEN: token.getToken() };
  return cloud.client.send(
    new InitiateAuthCommand({ ClientId: CLIENT_ID, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters }),
  );
}

describe('amazon-cognito-identity-js', () => {
  it('signs a new user in by its default flow, whatever the letter case of the address', async () => {
    const onDevice = device();
    const user = await newUser(onDevice);
    const session = await sessionOf(onDevice(user.getUsername().toUpperCase()));
    expect(session.isValid()).toBe(true);
    expect(session.getIdToken().payload).toMatchObject({ email: user.getUsername(), email_verified: true });
  });

  it('is refused with a wrong password, for an unknown user and for an unconfirmed one', async () => {
    const user = await newUser();
    const refused = { code: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    await expect(signIn(user, 'Wrong-horse-1')).rejects.toMatchObject(refused);
    await expect(signIn(device()('no-one@example.com'))).rejects.toMatchObject(refused);
    await signUp('waiting@example.com');
    await expect(signIn(device()('waiting@example.com'), 'Wrong-horse-1')).rejects.toMatchObject(refused);
    await expect(signIn(device()('waiting@example.com'))).rejects.toMatchObject({
      code: 'UserNotConfirmedException',
      message: 'User is not confirmed.',
    });
  });

  it('is refused at a second sign-up with the same address', async () => {
    const user = await newUser();
    await expect(signUp(user.getUsername())).rejects.toMatchObject({ code: 'UsernameExistsException' });
  });

  it('sets the password of a user that an administrator created, and keeps the attributes that come with it', async () => {
    const Username = 'created@example.com';
    const user = device()(Username);
    await cloud.client.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username,
        TemporaryPassword: password,
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    );
    await expect(signIn(user, 'Wrong-horse-1')).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    expect(await signIn(user)).toBe('new password');
    const complete = (secret: string, attributes: object) =>
      new Promise<CognitoUserSession>((onSuccess, onFailure) => {
        user.completeNewPasswordChallenge(secret, attributes, { onSuccess, onFailure });
      });
    await expect(complete('weak', {})).rejects.toMatchObject({ code: 'InvalidPasswordException' });
    await expect(complete(NEW_PASSWORD, { email: 'other@example.com' })).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Cannot modify an already provided email',
    });
    const session = await complete(NEW_PASSWORD, { given_name: 'Ada' });
    expect(session.getIdToken().payload).toMatchObject({ email: Username, given_name: 'Ada' });
    expect(await signIn(user, NEW_PASSWORD)).toMatchObject({ idToken: expect.anything() });
  });

  it('refreshes the session, also without the tokens of the last hour', async () => {
    const user = await newUser();
    const session = await sessionOf(user);
    const token = new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() });
    const refreshed = await call<CognitoUserSession>((done) => user.refreshSession(token, done));
    expect(refreshed.getIdToken().payload).toMatchObject({ sub: session.getIdToken().payload['sub'] });
    expect(refreshed.getRefreshToken().getToken()).toBe(token.getToken());
  });

  it('revokes the refresh token at sign-out, and leaves the other device signed in', async () => {
    const onPhone = device();
    const onDesktop = device();
    const phone = await newUser(onPhone);
    const desktop = onDesktop(phone.getUsername());
    const refreshToken = (await sessionOf(phone)).getRefreshToken();
    await sessionOf(desktop);
    await new Promise<void>((resolve) => phone.signOut(resolve));
    await expect(refreshOnce(refreshToken)).rejects.toMatchObject(revoked);
    const attributes = await call<CognitoUserAttribute[]>((done) => desktop.getUserAttributes(done));
    expect(attributes.map(String)).toHaveLength(3);
  });

  it('signs out everywhere', async () => {
    const phone = await newUser();
    const desktop = device()(phone.getUsername());
    await sessionOf(phone);
    const refreshToken = (await sessionOf(desktop)).getRefreshToken();
    await new Promise((onSuccess, onFailure) => phone.globalSignOut({ onSuccess, onFailure }));
    await expect(call((done) => desktop.getUserAttributes(done))).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    await expect(refreshOnce(refreshToken)).rejects.toMatchObject(revoked);
    expect((await sessionOf(desktop)).isValid()).toBe(true);
  });

  it('resets a forgotten password', async () => {
    const user = await newUser();
    await new Promise((onSuccess, onFailure) => user.forgotPassword({ onSuccess, onFailure }));
    const confirm = (given: string) =>
      new Promise((onSuccess, onFailure) =>
        user.confirmPassword(given, NEW_PASSWORD, { onSuccess: () => onSuccess(given), onFailure }),
      );
    await expect(confirm('000000')).rejects.toMatchObject({ code: 'CodeMismatchException' });
    expect(await confirm(code)).toBe(code);
    await expect(confirm(code)).rejects.toMatchObject({ code: 'ExpiredCodeException' });
    await expect(signIn(user)).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    expect(await signIn(user, NEW_PASSWORD)).toMatchObject({ idToken: expect.anything() });
  });

  it('changes the address after its code, and the password after the old one', async () => {
    const user = await newUser();
    // After the sign-in, the library names the user by the id.
    const address = `new-${user.getUsername()}`;
    await sessionOf(user);
    const email = new CognitoUserAttribute({ Name: 'email', Value: address });
    await call((done) => user.updateAttributes([email], done as never));
    const name = new CognitoUserAttribute({ Name: 'given_name', Value: 'Ada' });
    await call((done) => user.updateAttributes([name], done as never));
    await new Promise((onSuccess, onFailure) =>
      user.getAttributeVerificationCode('email', { onSuccess, onFailure, inputVerificationCode: onSuccess }),
    );
    await new Promise((onSuccess, onFailure) =>
      user.verifyAttribute('email', code, { onSuccess, onFailure }),
    );
    await call<string>((done) => user.changePassword(password, NEW_PASSWORD, done));
    const session = await signIn(device()(address), NEW_PASSWORD);
    expect(session).toMatchObject({ idToken: { payload: { email: address, given_name: 'Ada' } } });
  });

  it('deletes the user, who is unknown from then on', async () => {
    const user = await newUser();
    const address = user.getUsername();
    await sessionOf(user);
    await call<string>((done) => user.deleteUser(done));
    await expect(signIn(device()(address))).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
  });
});
