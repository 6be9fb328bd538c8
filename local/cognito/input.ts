/** Reads the inputs of operations, with Cognito's errors. */
import { isJsonObject } from '../http/body.ts';
import type { JsonObject } from './backend.ts';
import { CognitoError, notAuthorized } from './error.ts';
import { userPoolId } from './pool.ts';

export function requireText(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new CognitoError('InvalidParameterException', `Missing required parameter ${name}`);
}

export function requirePool(input: JsonObject): void {
  const id = requireText(input, 'UserPoolId');
  if (id === userPoolId) return;
  throw new CognitoError('ResourceNotFoundException', `User pool ${id} does not exist.`);
}

/** Returns the parameters of a flow, or the answers to a challenge. */
export function parametersIn(input: JsonObject, name: string): JsonObject {
  const parameters = input[name];
  if (isJsonObject(parameters)) return parameters;
  throw new CognitoError('InvalidParameterException', `Missing required parameter ${name}`);
}

export function requireEmail(email: string): void {
  if (/^[^\s@]+@[^\s@]+$/.test(email)) return;
  throw new CognitoError('InvalidParameterException', 'Invalid email address format.');
}

/** Attributes that only Cognito or an administrator may set. The emulator would accept a `sub` that the client chose. */
export const guardedAttributes = new Set(['sub', 'email_verified', 'phone_number_verified', 'identities']);

export interface Attribute {
  readonly Name: string;
  readonly Value: string;
}

/** Returns the attributes that a client wants to write. */
export function writableAttributes(input: JsonObject): readonly Attribute[] {
  const given = Array.isArray(input['UserAttributes']) ? input['UserAttributes'] : [];
  return given.filter(isJsonObject).map((entry) => {
    const Name = requireText(entry, 'Name');
    if (guardedAttributes.has(Name)) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
    return { Name, Value: typeof entry['Value'] === 'string' ? entry['Value'] : '' };
  });
}

export function emailIn(attributes: readonly Attribute[]): string | undefined {
  return attributes.find(({ Name }) => Name === 'email')?.Value;
}

/** Cognito's words for a code that does not match. The emulator has its own. */
export function codeError(error: unknown): unknown {
  if (!(error instanceof CognitoError) || error.type !== 'CodeMismatchException') return error;
  return codeMismatch();
}

export function codeMismatch(): CognitoError {
  return new CognitoError('CodeMismatchException', 'Invalid verification code provided, please try again.');
}

export function codeExpired(): CognitoError {
  return new CognitoError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
}
