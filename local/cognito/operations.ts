/**
 * Cognito's behavior for the operations in which the emulator is more lenient. All other operations pass unchanged.
 */
import type { CognitoBackend, PoolUser } from './backend.ts';
import { deliveryTo } from './delivery.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import {
  codeError,
  codeExpired,
  codeMismatch,
  requireClient,
  requireText,
  writableAttributes,
} from './input.ts';
import { ownUserOperations } from './own-user.ts';
import { checkPassword } from './password-policy.ts';
import { userPoolId } from './pool.ts';
import type { ConfirmationTrigger } from './post-confirmation.ts';
import type { Operation, SignIn } from './sign-in.ts';

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
    ['AdminSetUserPassword', adminSetPassword(deps)],
    ['ForgotPassword', forgotPassword(deps)],
    ['ConfirmForgotPassword', confirmForgotPassword(deps)],
    ...deps.signIn.operations,
    ...ownUserOperations(deps.backend),
  ]);
}

function signUp({ backend }: OperationDeps): Operation {
  return async (input) => {
    requireClient(input);
    const name = requireText(input, 'Username');
    checkPassword(requireText(input, 'Password'));
    const output = await backend.call('SignUp', { ...input, UserAttributes: writableAttributes(input) });
    return { ...output, CodeDeliveryDetails: deliveryTo(name) };
  };
}

/** For a name that does not exist, the answer is the same: the client hides who has an account. */
function resendConfirmationCode({ backend }: OperationDeps): Operation {
  return async (input) => {
    requireClient(input);
    const name = requireText(input, 'Username');
    const user = await backend.findUser(name);
    if (user !== undefined && user.status !== 'UNCONFIRMED') {
      throw new CognitoError('InvalidParameterException', 'User is already confirmed.');
    }
    return { CodeDeliveryDetails: deliveryTo(user?.attributes['email'] ?? name) };
  };
}

function confirmSignUp({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    requireClient(input);
    requireText(input, 'ConfirmationCode');
    const user = await backend.findUser(requireText(input, 'Username'));
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

function forgotPassword({ backend }: OperationDeps): Operation {
  return async (input) => {
    requireClient(input);
    const name = requireText(input, 'Username');
    const user = await backend.findUser(name);
    if (user === undefined) return { CodeDeliveryDetails: deliveryTo(name) };
    if (user.status === 'EXTERNAL_PROVIDER' || user.status === 'FORCE_CHANGE_PASSWORD') {
      throw notAuthorized('User password cannot be reset in the current state.');
    }
    if (user.attributes['email_verified'] !== 'true') {
      throw new CognitoError(
        'InvalidParameterException',
        'Cannot reset password for the user as there is no registered/verified email or phone_number',
      );
    }
    await backend.call('ForgotPassword', input);
    return { CodeDeliveryDetails: deliveryTo(user.attributes['email'] ?? '') };
  };
}

function confirmForgotPassword({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    requireClient(input);
    // Without this check, the emulator accepts a request without a code for a user who has no pending code.
    requireText(input, 'ConfirmationCode');
    checkPassword(requireText(input, 'Password'));
    const user = await backend.findUser(requireText(input, 'Username'));
    if (user === undefined) throw codeMismatch();
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
