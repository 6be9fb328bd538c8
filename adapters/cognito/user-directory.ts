/** The Cognito user pool, as far as an account's end needs it. */
import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { UserDirectory } from '../../core/account/delete-account.ts';
import { faultOf } from '../aws/fault.ts';

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
        throw faultOf({ system: 'cognito', operation: 'delete user', refusals }, cause);
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
