/** What a user does with an access token: read, change and delete the own account, and sign out everywhere. */
import type { CognitoBackend, JsonObject, Operation, UserRecord } from './backend.ts';
import { deliveryTo } from './delivery.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import {
  codeExpired,
  codeMismatch,
  emailIn,
  guardedAttributes,
  requireEmail,
  requireText,
  writableAttributes,
} from './input.ts';
import { checkPassword } from './password-policy.ts';
import { userPoolId } from './pool.ts';
import { endSignIns } from './refresh.ts';
import { readAccessToken } from './tokens.ts';

interface Own {
  readonly user: UserRecord;
  /** The sign-in that the token comes from. */
  readonly signIn: string;
}

type OwnOperation = (input: JsonObject, own: Own) => Promise<JsonObject>;

export function ownUserOperations(backend: CognitoBackend): ReadonlyMap<string, Operation> {
  const pass =
    (operation: string): OwnOperation =>
    async (input) =>
      backend.call(operation, input);
  const operations: Readonly<Record<string, OwnOperation>> = {
    GetUser: pass('GetUser'),
    DeleteUser: pass('DeleteUser'),
    AssociateSoftwareToken: pass('AssociateSoftwareToken'),
    VerifySoftwareToken: pass('VerifySoftwareToken'),
    SetUserMFAPreference: pass('SetUserMFAPreference'),
    DeleteUserAttributes: deleteAttributes(backend),
    ChangePassword: changePassword(backend),
    UpdateUserAttributes: updateAttributes(backend),
    GetUserAttributeVerificationCode: sendCode(backend),
    VerifyUserAttribute: verifyAttribute(backend),
    GlobalSignOut: async (_, { user, signIn }) => {
      await endSignIns(backend, user, { refreshTokens: user.refreshTokens, signIns: [signIn] });
      return {};
    },
  };
  return new Map(
    Object.entries(operations).map(([name, operation]): [string, Operation] => [
      name,
      // Without a token, `AssociateSoftwareToken` goes by its session.
      async (input) =>
        input['AccessToken'] === undefined && input['Session'] !== undefined
          ? backend.call(name, input)
          : operation(input, await ownerOf(backend, input)),
    ]),
  );
}

/** Cognito refuses the tokens of deleted, disabled and signed-out users, which all others accept until they expire. */
async function ownerOf(backend: CognitoBackend, input: JsonObject): Promise<Own> {
  const claims = await readAccessToken(requireText(input, 'AccessToken'));
  const user = await backend.readRecord(String(claims['username']));
  if (user === undefined || user.attributes['sub'] !== claims.sub) {
    throw new CognitoError('UserNotFoundException', 'User does not exist.');
  }
  if (!user.enabled) throw notAuthorized('User is disabled.');
  const signIn = String(claims['origin_jti']);
  if (user.revokedSignIns.includes(signIn)) throw notAuthorized('Access Token has been revoked');
  return { user, signIn };
}

function changePassword(backend: CognitoBackend): OwnOperation {
  return async (input) => {
    checkPassword(requireText(input, 'ProposedPassword'));
    requireText(input, 'PreviousPassword');
    try {
      return await backend.call('ChangePassword', input);
    } catch (error) {
      throw isCognitoError(error, 'InvalidPasswordException')
        ? notAuthorized('Incorrect username or password.')
        : error;
    }
  };
}

function updateAttributes(backend: CognitoBackend): OwnOperation {
  return async (input, { user }) => {
    const attributes = writableAttributes(input);
    const email = emailIn(attributes);
    if (email !== undefined) requireEmail(email);
    await backend.call('UpdateUserAttributes', { ...input, UserAttributes: attributes });
    if (email !== undefined) return { CodeDeliveryDetailsList: [deliveryTo(email)] };
    // The emulator drops a new address that waits for its code when another attribute changes.
    const waiting = Object.entries(user.unverified).map(([Name, Value]) => ({ Name, Value }));
    if (waiting.length > 0) await backend.patchRecord(user.username, { UnverifiedAttributeChanges: waiting });
    return { CodeDeliveryDetailsList: [] };
  };
}

/** Without its address, the emulator would not find the user again. */
function deleteAttributes(backend: CognitoBackend): OwnOperation {
  return async (input) => {
    const names = Array.isArray(input['UserAttributeNames']) ? input['UserAttributeNames'].map(String) : [];
    if (names.some((name) => name === 'email' || guardedAttributes.has(name))) {
      throw new CognitoError('InvalidParameterException', 'A required attribute cannot be deleted.');
    }
    return backend.call('DeleteUserAttributes', { ...input, UserAttributeNames: names });
  };
}

function sendCode(backend: CognitoBackend): OwnOperation {
  return async (input, { user }) => {
    requireEmailAttribute(input);
    await backend.call('GetUserAttributeVerificationCode', input);
    return { CodeDeliveryDetails: deliveryTo(user.unverified['email'] ?? user.attributes['email'] ?? '') };
  };
}

/** Puts a new address in place. The emulator would keep both, and give one address to two users. */
function verifyAttribute(backend: CognitoBackend): OwnOperation {
  return async (input, { user }) => {
    requireEmailAttribute(input);
    const code = requireText(input, 'Code');
    if (user.verificationCode === null) throw codeExpired();
    if (user.verificationCode !== code) throw codeMismatch();
    const email = user.unverified['email'] ?? user.attributes['email'] ?? '';
    const other = await backend.findUser(email);
    if (other !== undefined && other.username !== user.username) {
      throw new CognitoError('AliasExistsException', 'An account with the given email already exists.');
    }
    const attributes = { ...user.attributes, ...user.unverified, email, email_verified: 'true' };
    await backend.patchRecord(user.username, {
      Attributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      AttributeVerificationCode: null,
      UnverifiedAttributeChanges: null,
    });
    return {};
  };
}

/** The pool verifies addresses alone. */
function requireEmailAttribute(input: JsonObject): void {
  const name = requireText(input, 'AttributeName');
  if (name === 'email') return;
  throw new CognitoError('InvalidParameterException', `${userPoolId} does not verify ${name}.`);
}
