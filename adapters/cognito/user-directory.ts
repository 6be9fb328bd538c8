/** The Cognito user pool, as far as an account's end needs it. */
import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { UserDirectory } from '../../core/account/delete-account.ts';
import { Fault } from '../../core/system/fault.ts';

export interface UserPool {
  readonly poolId: string;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

export function createUserDirectory(pool: UserPool): UserDirectory {
  const client = new CognitoIdentityProviderClient({
    maxAttempts: pool.maxAttempts,
    requestHandler: {
      connectionTimeout: pool.timeoutMs,
      requestTimeout: pool.timeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  return {
    deleteUser: async (username) => {
      try {
        await client.send(new AdminDeleteUserCommand({ UserPoolId: pool.poolId, Username: username }));
      } catch (cause) {
        if (cause instanceof UserNotFoundException) return;
        throw faultOf(cause);
      }
    },
  };
}

const refusals = new Set([
  'InvalidParameterException',
  'NotAuthorizedException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'OperationNotEnabledException',
]);

function faultOf(cause: unknown): Fault {
  const error: { name?: string; $metadata?: { httpStatusCode?: number; requestId?: string } } =
    cause instanceof Error ? cause : {};
  return new Fault(
    {
      code: refusals.has(error.name ?? '') ? 'refused' : 'unavailable',
      system: 'cognito',
      operation: 'delete user',
      statusCode: error.$metadata?.httpStatusCode,
      reason: error.name,
      requestId: error.$metadata?.requestId,
    },
    { cause },
  );
}
