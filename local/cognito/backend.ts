/** Calls the emulator behind the front. */
import { isJsonObject, parseJsonObject } from '../http/body.ts';
import type { Emulator } from '../http/emulator.ts';
import { CognitoError } from './error.ts';
import { userPoolId } from './pool.ts';

export type JsonObject = Record<string, unknown>;

export interface PoolUser {
  readonly username: string;
  readonly status: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface CognitoBackend {
  /** Returns the output of the operation. Throws a `CognitoError` if the emulator answers with an error. */
  call(operation: string, input: JsonObject): Promise<JsonObject>;
  findUser(username: string): Promise<PoolUser | undefined>;
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
  return { call, findUser: (username) => findUser(call, username) };
}

async function findUser(call: CognitoBackend['call'], username: string): Promise<PoolUser | undefined> {
  try {
    const user = await call('AdminGetUser', { UserPoolId: userPoolId, Username: username });
    return {
      username: String(user['Username']),
      status: String(user['UserStatus']),
      attributes: attributesOf(user['UserAttributes']),
    };
  } catch (error) {
    if (error instanceof CognitoError && error.type === 'UserNotFoundException') return undefined;
    throw error;
  }
}

function attributesOf(list: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const entry of Array.isArray(list) ? list : []) {
    if (isJsonObject(entry)) attributes[String(entry['Name'])] = String(entry['Value']);
  }
  return attributes;
}
