/** Amplify with its defaults, as an app uses it against the deployed pool. */

import { createRequire } from 'node:module';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  fetchAuthSession,
  fetchUserAttributes,
  resendSignUpCode,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttribute,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { code, password, startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';
import { CLIENT_ID, userPoolId } from './pool.ts';

let cloud: TestCloud;
const stored = new Map<string, string>();
beforeAll(async () => {
  cloud = await startTestCloud({
    functions: { 'post-confirmation': { timeoutSeconds: 5, body: 'return event;' } },
  });
  Amplify.configure({
    Auth: {
      Cognito: { userPoolId, userPoolClientId: CLIENT_ID, userPoolEndpoint: cloud.cognito.url },
    },
  });
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void stored.set(key, value),
    getItem: async (key) => stored.get(key) ?? null,
    removeItem: async (key) => void stored.delete(key),
    clear: async () => stored.clear(),
  });
});
afterEach(() => signOut().catch(() => stored.clear()));
afterAll(() => cloud.close());

let count = 0;
async function newUser(): Promise<string> {
  count += 1;
  const username = `amplify-${count}@example.com`;
  const { nextStep } = await signUp({ username, password });
  expect(nextStep).toMatchObject({
    signUpStep: 'CONFIRM_SIGN_UP',
    codeDeliveryDetails: { attributeName: 'email', deliveryMedium: 'EMAIL', destination: 'a***@e***' },
  });
  await confirmSignUp({ username, confirmationCode: code });
  return username;
}

const idToken = async (options?: { forceRefresh: boolean }) =>
  (await fetchAuthSession(options)).tokens?.idToken?.toString() ?? '';

/** What an authenticator app shows. */
const { generate: codeOf } = createRequire(import.meta.url)('cognito-local/lib/services/totp') as {
  readonly generate: (secret: string) => string;
};

describe('Amplify', () => {
  it('signs a new user in by its default flow, with tokens that name the sign-in', async () => {
    const username = await newUser();
    expect(await signIn({ username, password })).toMatchObject({ isSignedIn: true });
    const { tokens } = await fetchAuthSession();
    const id = tokens?.idToken?.payload;
    const access = tokens?.accessToken.payload;
    expect(id).toMatchObject({ token_use: 'id', aud: CLIENT_ID, email: username, email_verified: true });
    expect(access).toMatchObject({ token_use: 'access', client_id: CLIENT_ID, sub: id?.sub });
    expect(id?.['origin_jti']).toBe(access?.['origin_jti']);
    expect(id?.iss).toBe(cloud.cognito.issuer);
  });

  it('refreshes the tokens, which keep the time and the id of the sign-in', async () => {
    await signIn({ username: await newUser(), password });
    const first = decodeJwt(await idToken());
    const second = decodeJwt(await idToken({ forceRefresh: true }));
    expect(second.jti).not.toBe(first.jti);
    for (const claim of ['origin_jti', 'auth_time', 'sub']) expect(second[claim]).toBe(first[claim]);
  });

  it('finds a user whatever the letter case of the address', async () => {
    const username = await newUser();
    expect(await signIn({ username: username.toUpperCase(), password })).toMatchObject({ isSignedIn: true });
    await expect(signUp({ username: username.toUpperCase(), password })).rejects.toMatchObject({
      name: 'UsernameExistsException',
    });
  });

  it('is refused with a wrong password and for an unknown user in the same words', async () => {
    const username = await newUser();
    const refused = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    await expect(signIn({ username, password: 'Wrong-horse-1' })).rejects.toMatchObject(refused);
    await expect(signIn({ username: 'no-one@example.com', password })).rejects.toMatchObject(refused);
  });

  it('leads an unconfirmed user to the confirmation', async () => {
    const username = 'unconfirmed@example.com';
    await signUp({ username, password });
    expect((await signIn({ username, password })).nextStep.signInStep).toBe('CONFIRM_SIGN_UP');
    await resendSignUpCode({ username });
    await confirmSignUp({ username, confirmationCode: code });
    expect(await signIn({ username, password })).toMatchObject({ isSignedIn: true });
  });

  it('lets a user that an administrator created set a password, and refreshes the tokens', async () => {
    const Username = 'created-by-admin@example.com';
    await cloud.client.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username,
        TemporaryPassword: password,
        MessageAction: 'SUPPRESS',
      }),
    );
    const { nextStep } = await signIn({ username: Username, password });
    expect(nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
    expect(await confirmSignIn({ challengeResponse: 'Another-horse-2' })).toMatchObject({ isSignedIn: true });
    expect(await idToken({ forceRefresh: true })).not.toBe('');
  });

  it('signs out everywhere: other sessions can neither refresh nor read the user', async () => {
    const username = await newUser();
    await signIn({ username, password });
    const elsewhere = new Map(stored);
    await signOut();
    await signIn({ username, password });
    await signOut({ global: true });
    expect(stored.size).toBe(0);
    for (const [key, value] of elsewhere) stored.set(key, value);
    await expect(fetchUserAttributes()).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    expect(await idToken({ forceRefresh: true }).catch(() => '')).toBe('');
  });

  it('resets a forgotten password', async () => {
    const username = await newUser();
    expect((await resetPassword({ username })).nextStep).toMatchObject({
      resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
    });
    await confirmResetPassword({ username, confirmationCode: code, newPassword: 'Another-horse-2' });
    await expect(signIn({ username, password })).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(await signIn({ username, password: 'Another-horse-2' })).toMatchObject({ isSignedIn: true });
    expect((await resetPassword({ username: 'no-one@example.com' })).nextStep).toMatchObject({
      resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
    });
  });

  it('changes the address once the new one is verified, and until then signs in with the old one', async () => {
    const username = await newUser();
    const value = `new-${username}`;
    await signIn({ username, password });
    const { nextStep } = await updateUserAttribute({ userAttribute: { attributeKey: 'email', value } });
    expect(nextStep).toMatchObject({
      updateAttributeStep: 'CONFIRM_ATTRIBUTE_WITH_CODE',
      codeDeliveryDetails: { destination: 'n***@e***' },
    });
    expect(await fetchUserAttributes()).toMatchObject({ email: username, email_verified: 'true' });
    await expect(
      confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: '000000' }),
    ).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: code });
    expect(await fetchUserAttributes()).toMatchObject({ email: value, email_verified: 'true' });
    await signOut();
    expect(await signIn({ username: value, password })).toMatchObject({ isSignedIn: true });
    await signOut();
    await expect(signIn({ username, password })).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('cannot take the address of another user', async () => {
    const taken = await newUser();
    await signIn({ username: await newUser(), password });
    await updateUserAttribute({ userAttribute: { attributeKey: 'email', value: taken } });
    await expect(
      confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: code }),
    ).rejects.toMatchObject({ name: 'AliasExistsException' });
  });

  it('changes the password of a user who knows the old one', async () => {
    const username = await newUser();
    await signIn({ username, password });
    await expect(
      updatePassword({ oldPassword: 'Wrong-horse-1', newPassword: 'Another-horse-2' }),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await updatePassword({ oldPassword: password, newPassword: 'Another-horse-2' });
    await signOut();
    expect(await signIn({ username, password: 'Another-horse-2' })).toMatchObject({ isSignedIn: true });
  });

  it('asks for the code of an authenticator app once the user has set one up', async () => {
    const username = await newUser();
    await signIn({ username, password });
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: codeOf(sharedSecret) });
    await updateMFAPreference({ totp: 'PREFERRED' });
    await signOut();
    await expect(signIn({ username, password: 'Wrong-horse-1' })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    expect((await signIn({ username, password })).nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    await expect(confirmSignIn({ challengeResponse: 'nonsense' })).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    expect(await confirmSignIn({ challengeResponse: codeOf(sharedSecret) })).toMatchObject({
      isSignedIn: true,
    });
    expect(await idToken({ forceRefresh: true })).not.toBe('');
  });

  it('deletes the user, whose token Cognito refuses from then on', async () => {
    const username = await newUser();
    await signIn({ username, password });
    const kept = new Map(stored);
    await deleteUser();
    for (const [key, value] of kept) stored.set(key, value);
    await expect(fetchUserAttributes()).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  it.each([
    ['Sh0rt-!', 'Password not long enough'],
    ['UPPER-HORSE-1', 'Password must have lowercase characters'],
    ['lower-horse-1', 'Password must have uppercase characters'],
    ['Correct-horse', 'Password must have numeric characters'],
    ['Correcthorse1', 'Password must have symbol characters'],
  ])('is refused with the password %s', async (weak, reason) => {
    await expect(signUp({ username: 'weak@example.com', password: weak })).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: `Password did not conform with policy: ${reason}`,
    });
  });
});
