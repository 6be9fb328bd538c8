/** An answer of Cognito other than success, by the name that SDKs turn into an exception. */

export class CognitoError extends Error {
  override readonly name = 'CognitoError';
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export function notAuthorized(message: string): CognitoError {
  return new CognitoError('NotAuthorizedException', message);
}

export function isCognitoError(error: unknown, type: string): error is CognitoError {
  return error instanceof CognitoError && error.type === type;
}
