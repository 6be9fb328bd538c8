/** Deletes users of the Cognito user pool. */
import {
  AdminDeleteUserCommand,
  type CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { UserDirectory } from '../../core/account/pool-user.ts';
import { faultOf } from '../aws/fault.ts';
import { permanentErrors } from './client.ts';

export interface UserPool {
  readonly client: CognitoIdentityProviderClient;
  readonly poolId: string;
}

export function createUserDirectory({ client, poolId }: UserPool): UserDirectory {
  return {
    deleteUser: async (username) => {
      try {
        await client.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: username }));
      } catch (cause) {
        if (cause instanceof UserNotFoundException) return;
        throw faultOf(
          { system: 'cognito', operation: 'delete user', permanentErrors: permanentErrors },
          cause,
        );
      }
    },
  };
}
