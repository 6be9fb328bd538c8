/** An error response of Cognito. SDKs turn its type into an exception of that name. */

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
