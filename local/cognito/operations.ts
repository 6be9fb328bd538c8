/**
 * Cognito's behavior for the operations in which the emulator is more lenient. All other operations pass unchanged.
 */
import { isJsonObject } from '../http/body.ts';
import type { CognitoBackend, JsonObject, PoolUser } from './backend.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import { PASSWORD_MINIMUM_LENGTH, TOKEN_LIFETIME_SECONDS, userPoolId } from './pool.ts';
import type { ConfirmationTrigger } from './post-confirmation.ts';

export interface OperationDeps {
  readonly backend: CognitoBackend;
  readonly trigger: ConfirmationTrigger;
}

export type Operation = (input: JsonObject) => Promise<JsonObject>;

export function cognitoOperations(deps: OperationDeps): ReadonlyMap<string, Operation> {
  return new Map<string, Operation>([
    ['SignUp', signUp(deps)],
    ['ResendConfirmationCode', resendConfirmationCode(deps)],
    ['ConfirmSignUp', confirmSignUp(deps)],
    ['AdminConfirmSignUp', adminConfirmSignUp(deps)],
    ['ConfirmForgotPassword', confirmForgotPassword(deps)],
    ['InitiateAuth', authenticate(deps, 'InitiateAuth')],
    ['AdminInitiateAuth', authenticate(deps, 'AdminInitiateAuth')],
  ]);
}

/**
 * Attributes that only Cognito or an administrator may set. The emulator would accept a `sub` that the client chose.
 */
const guardedAttributes = new Set(['sub', 'email_verified', 'phone_number_verified', 'identities']);

function signUp({ backend }: OperationDeps): Operation {
  return async (input) => {
    requireText(input, 'Username');
    requirePassword(input);
    const attributes = Array.isArray(input['UserAttributes']) ? input['UserAttributes'] : [];
    if (attributes.some((entry) => isJsonObject(entry) && guardedAttributes.has(String(entry['Name'])))) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
    return backend.call('SignUp', { ...input, UserAttributes: attributes });
  };
}

function resendConfirmationCode({ backend }: OperationDeps): Operation {
  return async (input) => {
    const user = await requireUser(backend, requireText(input, 'Username'));
    if (user.status !== 'UNCONFIRMED') {
      throw new CognitoError('InvalidParameterException', 'User is already confirmed.');
    }
    const Destination = user.attributes['email'];
    return { CodeDeliveryDetails: { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination } };
  };
}

function confirmSignUp({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    requireText(input, 'ConfirmationCode');
    const user = await requireUser(backend, requireText(input, 'Username'));
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

function confirmForgotPassword({ backend, trigger }: OperationDeps): Operation {
  return async (input) => {
    // Without this check, the emulator accepts a request without a code for a user who has no pending code.
    requireText(input, 'ConfirmationCode');
    requirePassword(input);
    const user = await requireUser(backend, requireText(input, 'Username'));
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

function authenticate({ backend }: OperationDeps, operation: string): Operation {
  return async (input) => {
    const byPassword = String(input['AuthFlow']).endsWith('USER_PASSWORD_AUTH');
    if (byPassword) {
      const parameters = isJsonObject(input['AuthParameters']) ? input['AuthParameters'] : {};
      requireText(parameters, 'USERNAME');
      requireText(parameters, 'PASSWORD');
    }
    try {
      return withLifetime(await backend.call(operation, input));
    } catch (error) {
      const refused =
        isCognitoError(error, 'InvalidPasswordException') || isCognitoError(error, 'NotAuthorizedException');
      if (!refused) throw error;
      throw notAuthorized(byPassword ? 'Incorrect username or password.' : 'Invalid Refresh Token');
    }
  };
}

function withLifetime(output: JsonObject): JsonObject {
  const result = output['AuthenticationResult'];
  if (!isJsonObject(result)) return output;
  const lifetime = { ExpiresIn: TOKEN_LIFETIME_SECONDS, TokenType: 'Bearer' };
  return { ...output, AuthenticationResult: { ...result, ...lifetime } };
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
  throw new CognitoError('UserNotFoundException', 'Username/client id combination not found.');
}

function requireText(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new CognitoError('InvalidParameterException', `Missing required parameter ${name}`);
}

function requirePassword(input: JsonObject): void {
  if (requireText(input, 'Password').length >= PASSWORD_MINIMUM_LENGTH) return;
  throw new CognitoError(
    'InvalidPasswordException',
    'Password did not conform with policy: Password not long enough',
  );
}

function cannotConfirm(status: string): CognitoError {
  return notAuthorized(`User cannot be confirmed. Current status is ${status}`);
}

function codeError(error: unknown): unknown {
  if (!isCognitoError(error, 'CodeMismatchException')) return error;
  return new CognitoError(error.type, 'Invalid verification code provided, please try again.');
}
