/** Creates the Cognito client, with a timeout and a retry limit for every call. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { sendWithinDeadline } from '../aws/deadline.ts';
import { requestHandlerWithin } from '../aws/request-handler.ts';

export interface CognitoLimits {
  /** The timeout of one attempt. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** Creates a client. The SDK reads the region, credentials and `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` itself. */
export function createCognito(limits: CognitoLimits): CognitoIdentityProviderClient {
  const client = new CognitoIdentityProviderClient({
    maxAttempts: limits.maxAttempts,
    requestHandler: requestHandlerWithin(limits.timeoutMs),
  });
  sendWithinDeadline(client.config.requestHandler);
  return client;
}

/** Errors that a retry cannot fix. */
export const permanentErrors: ReadonlySet<string> = new Set([
  'InvalidParameterException',
  'NotAuthorizedException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'OperationNotEnabledException',
]);
