/**
 * Cognito's behavior for the operations in which the emulator is more lenient. All other operations pass unchanged.
 */
import { clientOf } from './app-client.ts';
import type { CognitoBackend, JsonObject, Operation, PoolUser, UserRecord } from './backend.ts';
import { deliveryTo } from './delivery.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import {
  codeError,
  codeExpired,
  codeMismatch,
  emailIn,
  requireEmail,
  requireText,
  writableAttributes,
} from './input.ts';
import { ownUserOperations } from './own-user.ts';
import { checkPassword } from './password-policy.ts';
import { userPoolId } from './pool.ts';
import type { ConfirmationTrigger } from './post-confirmation.ts';
import type { SignIn } from './sign-in.ts';

export interface OperationDeps {
  readonly backend: CognitoBackend;
  readonly trigger: ConfirmationTrigger;
  readonly signIn: SignIn;
}

export function cognitoOperations(deps: OperationDeps): ReadonlyMap<string, Operation> {
  return new Map<string, Operation>([
    ['SignUp', signUp(deps)],
    ['ResendConfirmationCode', resendConfirmationCode(deps)],
    ['ConfirmSignUp', confirmSignUp(deps)],
    ['AdminConfirmSignUp', adminConfirmSignUp(deps)],
    ['AdminCreateUser', adminCreateUser(deps)],
    ['AdminSetUserPassword', adminSetPassword(deps)],
    ['ForgotPassword', forgotPassword(deps)],
    ['ConfirmForgotPassword', confirmForgotPassword(deps)],
    ...deps.signIn.operations,
    ...ownUserOperations(deps.backend),
  ]);
}

function signUp({ backend }: OperationDeps): Operation {
  return async (input) => {
    await clientOf(backend, input);
    const name = requireText(input, 'Username');
    if (!name.includes('@'))
      throw new CognitoError('InvalidParameterException', 'Username should be an email.');
    requireEmail(name);
    checkPassword(requireText(input, 'Password'));
    const attributes = writableAttributes(input);
    const email = emailIn(attributes) ?? name;
    // The emulator would let a user sign up with an address and sign in with another.
    if (email.toLowerCase() !== name.toLowerCase()) {
      throw new CognitoError('InvalidParameterException', 'The email attribute differs from the username.');
    }
    const output = await backend.call('SignUp', { ...input, UserAttributes: attributes }).catch(takenError);
    return { ...output, CodeDeliveryDetails: deliveryTo(name) };
  };
}

function takenError(error: unknown): never {
  if (!isCognitoError(error, 'UsernameExistsException')) throw error;
  throw new CognitoError(error.type, 'An account with the given email already exists.');
}

/** For a name that does not exist, the answer is the same if the client hides who has an account. */
function resendConfirmationCode({ backend }: OperationDeps): Operation {
  return async (input) => {
    const { name, user } = await namedUser(backend, input);
    if (user !== undefined && user.status !== 'UNCONFIRMED') {
      throw new CognitoError('InvalidParameterException', 'User is already confirmed.');
    }
    return { CodeDeliveryDetails: deliveryTo(user?.attributes['email'] ?? name) };
  };
}

function confirmSignUp({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    requireText(input, 'ConfirmationCode');
    const { user } = await namedUser(backend, input);
    if (user === undefined) throw codeExpired();
    if (user.status !== 'UNCONFIRMED') throw cannotConfirm(user.status);
    try {
      await backend.call('ConfirmSignUp', input);
    } catch (error) {
      // The code no longer exists because a concurrent request has confirmed the user.
      if (isCognitoError(error, 'ExpiredCodeException')) throw cannotConfirm('CONFIRMED');
      throw codeError(error);
    }
    const attributes = await markEmailVerified(backend, user);
    await trigger({
      source: 'PostConfirmation_ConfirmSignUp',
      user: { ...user, attributes, status: 'CONFIRMED' },
      clientMetadata: input['ClientMetadata'],
    });
    return {};
  };
}

function adminConfirmSignUp({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    const user = await requireUser(backend, requireText(input, 'Username'));
    await backend.call('AdminConfirmSignUp', input);
    // The user has not entered a code, so the address stays unverified.
    await trigger({
      source: 'PostConfirmation_ConfirmSignUp',
      user: { ...user, status: 'CONFIRMED' },
      clientMetadata: input['ClientMetadata'],
      byAdministrator: true,
    });
    return {};
  };
}

function adminSetPassword({ backend }: OperationDeps): Operation {
  return async (input) => {
    checkPassword(requireText(input, 'Password'));
    return backend.call('AdminSetUserPassword', input);
  };
}

function adminCreateUser({ backend }: OperationDeps): Operation {
  return async (input) => {
    if (input['TemporaryPassword'] !== undefined) checkPassword(requireText(input, 'TemporaryPassword'));
    return backend.call('AdminCreateUser', input).catch(takenError);
  };
}

function forgotPassword({ backend }: OperationDeps): Operation {
  return async (input) => {
    const { name, user, hidesUsers } = await namedUser(backend, input);
    const refusal = user === undefined ? undefined : noReset(user);
    if (refusal !== undefined && !hidesUsers) throw refusal;
    if (user === undefined || refusal !== undefined) return { CodeDeliveryDetails: deliveryTo(name) };
    if (user.status === 'EXTERNAL_PROVIDER' || user.status === 'FORCE_CHANGE_PASSWORD') {
      throw notAuthorized('User password cannot be reset in the current state.');
    }
    await backend.call('ForgotPassword', input);
    return { CodeDeliveryDetails: deliveryTo(user.attributes['email'] ?? '') };
  };
}

/** Returns why the user gets no code. A client that hides its users does not say so. */
function noReset(user: PoolUser): CognitoError | undefined {
  if (!user.enabled) return notAuthorized('User is disabled.');
  if (user.status === 'FORCE_CHANGE_PASSWORD' || user.attributes['email_verified'] === 'true')
    return undefined;
  return new CognitoError(
    'InvalidParameterException',
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
  );
}

function confirmForgotPassword({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    requireText(input, 'ConfirmationCode');
    checkPassword(requireText(input, 'Password'));
    const { user } = await namedUser(backend, input);
    if (user?.enabled !== true) throw codeMismatch();
    // The emulator has one code for sign-ups and passwords, and takes that of a sign-up for a password too.
    if (user.confirmationCode === null || user.status === 'UNCONFIRMED') throw codeExpired();
    try {
      await backend.call('ConfirmForgotPassword', input);
    } catch (error) {
      throw codeError(error);
    }
    await trigger({
      source: 'PostConfirmation_ConfirmForgotPassword',
      user: { ...user, status: 'CONFIRMED' },
      clientMetadata: input['ClientMetadata'],
    });
    return {};
  };
}

interface NamedUser {
  readonly name: string;
  readonly user: UserRecord | undefined;
  readonly hidesUsers: boolean;
}

/** Returns the user that a request without a token names. Throws if there is none and the client does not hide that. */
async function namedUser(backend: CognitoBackend, input: JsonObject): Promise<NamedUser> {
  const { hidesUsers } = await clientOf(backend, input);
  const name = requireText(input, 'Username');
  const user = await backend.readRecord(name);
  if (user !== undefined || hidesUsers) return { name, user, hidesUsers };
  throw new CognitoError('UserNotFoundException', 'Username/client id combination not found.');
}

async function markEmailVerified(backend: CognitoBackend, user: PoolUser): Promise<Record<string, string>> {
  const verified = { ...user.attributes, email_verified: 'true' };
  const UserAttributes = ['email', 'email_verified'].map((Name) => ({
    Name,
    Value: Name === 'email' ? user.attributes['email'] : 'true',
  }));
  const target = { UserPoolId: userPoolId, Username: user.username };
  await backend.call('AdminUpdateUserAttributes', { ...target, UserAttributes });
  return verified;
}

async function requireUser(backend: CognitoBackend, username: string): Promise<PoolUser> {
  const user = await backend.findUser(username);
  if (user !== undefined) return user;
  throw new CognitoError('UserNotFoundException', 'User does not exist.');
}

function cannotConfirm(status: string): CognitoError {
  return notAuthorized(`User cannot be confirmed. Current status is ${status}`);
}
