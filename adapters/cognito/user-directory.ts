/** Deletes users of the Cognito user pool. */
import type { UserDirectory } from '../../core/account/pool-user.ts';
import { faultOf } from '../aws/fault.ts';
import { permanentErrors } from './client.ts';
import { createUserReader, isUserNotFound, type UserPoolAccess } from './user-reader.ts';

export function createUserDirectory(access: UserPoolAccess): UserDirectory {
  const { client, poolId } = access;
  const users = createUserReader(access);
  return {
    deleteUser: async ({ sub, username }) => {
      const named = await users.readUser({ sub, username });
      if (named?.sub !== sub) return;
      try {
        await client('AdminDeleteUser', { UserPoolId: poolId, Username: username });
      } catch (cause) {
        if (isUserNotFound(cause)) return;
        throw faultOf(
          { system: 'cognito', operation: 'delete user', permanentErrors: permanentErrors },
          cause,
        );
      }
    },
  };
}
