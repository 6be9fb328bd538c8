/** How far a scheduled run came, in the entitlement table under a key that is no user's. */
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { readProgress } from '../../core/reconcile/progress.ts';
import type { Checkpoint } from '../../core/reconcile/reconcile.ts';
import { textOf } from './attributes.ts';
import { calling } from './call.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export function createCheckpoint(
  { client, tableName: TableName }: Omit<EntitlementTable, 'clock'>,
  run: string,
): Checkpoint {
  const Key = { cognito_sub: `run#${run}` };
  return {
    load: async () => {
      const command = new GetCommand({ TableName, Key, ConsistentRead: true });
      const { Item } = await calling('read checkpoint', client.send(command));
      return Item === undefined ? undefined : readProgress(textOf(Item, 'progress'));
    },
    save: async (progress) => {
      await calling(
        'write checkpoint',
        progress === undefined
          ? client.send(new DeleteCommand({ TableName, Key }))
          : client.send(new PutCommand({ TableName, Item: { ...Key, progress: JSON.stringify(progress) } })),
      );
    },
  };
}
