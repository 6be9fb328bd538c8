/** Calls the emulator behind the front. */
import { isJsonObject, parseJsonObject } from '../http/body.ts';
import type { Emulator } from '../http/emulator.ts';
import { CognitoError } from './error.ts';
import { userPoolId } from './pool.ts';

export type JsonObject = Record<string, unknown>;

/** An operation that the front answers itself. Throws a `CognitoError` for an error of Cognito. */
export type Operation = (input: JsonObject) => Promise<JsonObject>;

export interface PoolUser {
  readonly username: string;
  readonly status: string;
  readonly enabled: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A user as the emulator stores it. */
export interface UserRecord extends PoolUser {
  readonly password: string;
  /** JWTs, of which each names its sign-in by `jti`. */
  readonly refreshTokens: readonly string[];
  /** The sign-ins whose access tokens Cognito refuses. */
  readonly revokedSignIns: readonly string[];
  /** The code that confirms a sign-up or a new password, if one was sent. */
  readonly confirmationCode: string | null;
  /** The code that verifies a new address, if there is one. */
  readonly verificationCode: string | null;
  /** The attributes that this code puts in place. */
  readonly unverified: Readonly<Record<string, string>>;
}

export interface CognitoBackend {
  /** Returns the output of the operation. Throws a `CognitoError` if the emulator answers with an error. */
  call(operation: string, input: JsonObject): Promise<JsonObject>;
  findUser(username: string): Promise<PoolUser | undefined>;
  readRecord(username: string): Promise<UserRecord | undefined>;
  /** Changes fields of the emulator's record; null removes one. */
  patchRecord(username: string, patch: JsonObject): Promise<void>;
}

export function cognitoBackend(emulator: Emulator): CognitoBackend {
  const call = async (operation: string, input: JsonObject): Promise<JsonObject> => {
    const answer = await emulator({
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    const output = parseJsonObject(answer.body) ?? {};
    if (answer.status === 200) return output;
    const type = typeof output['__type'] === 'string' ? output['__type'] : 'InternalErrorException';
    const message = typeof output['message'] === 'string' ? output['message'] : `${operation} failed`;
    throw new CognitoError(type, message, answer.status);
  };
  return {
    call,
    findUser: (username) => findUser(call, username),
    readRecord: (username) => readRecord(call, username),
    patchRecord: async (Username, Patch) => {
      await call('LocalPatchUser', { UserPoolId: userPoolId, Username, Patch });
    },
  };
}

async function findUser(call: CognitoBackend['call'], username: string): Promise<PoolUser | undefined> {
  try {
    const user = await call('AdminGetUser', { UserPoolId: userPoolId, Username: username });
    return {
      username: String(user['Username']),
      status: String(user['UserStatus']),
      enabled: user['Enabled'] !== false,
      attributes: attributesOf(user['UserAttributes']),
    };
  } catch (error) {
    if (error instanceof CognitoError && error.type === 'UserNotFoundException') return undefined;
    throw error;
  }
}

async function readRecord(call: CognitoBackend['call'], Username: string): Promise<UserRecord | undefined> {
  const { User: user } = await call('LocalGetUser', { UserPoolId: userPoolId, Username });
  if (!isJsonObject(user)) return undefined;
  return {
    username: String(user['Username']),
    status: String(user['UserStatus']),
    enabled: user['Enabled'] !== false,
    attributes: attributesOf(user['Attributes']),
    password: String(user['Password']),
    refreshTokens: textsIn(user['RefreshTokens']),
    revokedSignIns: textsIn(user['RevokedSignIns']),
    confirmationCode: textOrNull(user['ConfirmationCode']),
    verificationCode: textOrNull(user['AttributeVerificationCode']),
    unverified: attributesOf(user['UnverifiedAttributeChanges']),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [];
}

function attributesOf(list: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const entry of Array.isArray(list) ? list : []) {
    if (isJsonObject(entry)) attributes[String(entry['Name'])] = String(entry['Value']);
  }
  return attributes;
}
