/** One Cognito client, with limits on every wait. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

export interface CognitoLimits {
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** Region, credentials and `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` are read by the SDK itself. */
export function createCognito(limits: CognitoLimits): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    maxAttempts: limits.maxAttempts,
    requestHandler: {
      connectionTimeout: limits.timeoutMs,
      requestTimeout: limits.timeoutMs,
      // requestTimeout alone only warns.
      throwOnRequestTimeout: true,
    },
  });
}

/** What no repetition mends. */
export const permanentErrors: ReadonlySet<string> = new Set([
  'InvalidParameterException',
  'NotAuthorizedException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'OperationNotEnabledException',
]);
