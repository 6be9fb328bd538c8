/** What a user does with an access token: read, change and delete the own account, and sign out everywhere. */
import type { CognitoBackend, JsonObject, UserRecord } from './backend.ts';
import { deliveryTo } from './delivery.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import { codeExpired, codeMismatch, requireText, writableAttributes } from './input.ts';
import { checkPassword } from './password-policy.ts';
import { userPoolId } from './pool.ts';
import { endSignIns, type Operation } from './sign-in.ts';
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
    DeleteUserAttributes: pass('DeleteUserAttributes'),
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
  return async (input) => {
    const attributes = writableAttributes(input);
    await backend.call('UpdateUserAttributes', { ...input, UserAttributes: attributes });
    const email = attributes.find(({ Name }) => Name === 'email')?.['Value'];
    return { CodeDeliveryDetailsList: typeof email === 'string' ? [deliveryTo(email)] : [] };
  };
}

function sendCode(backend: CognitoBackend): OwnOperation {
  return async (input, { user }) => {
    requireEmail(input);
    await backend.call('GetUserAttributeVerificationCode', input);
    return { CodeDeliveryDetails: deliveryTo(user.unverified['email'] ?? user.attributes['email'] ?? '') };
  };
}

/** Puts a new address in place. The emulator would keep both, and give one address to two users. */
function verifyAttribute(backend: CognitoBackend): OwnOperation {
  return async (input, { user }) => {
    requireEmail(input);
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
function requireEmail(input: JsonObject): void {
  const name = requireText(input, 'AttributeName');
  if (name === 'email') return;
  throw new CognitoError('InvalidParameterException', `${userPoolId} does not verify ${name}.`);
}
