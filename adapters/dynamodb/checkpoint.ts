/** How far a scheduled run came, in the entitlement table under a key that is no user's. */
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { readProgress } from '../../core/reconcile/progress.ts';
import type { Checkpoint } from '../../core/reconcile/reconcile.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import { textAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import { calling } from './call.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export interface KeptCheckpoint extends Checkpoint {
  /** When a run was complete last, in unix seconds, as far as that is kept in mind; undefined while one is under way. */
  completedAt(): Promise<number | undefined>;
}

type CheckpointTable = Omit<EntitlementTable, 'clock'> & { readonly clock: Pick<Clock, 'nowMs'> };

export interface CheckpointOptions {
  readonly run: string;
  /** Keeps in mind when a run was complete. Without it, nothing stays behind. */
  readonly remembersEnd: boolean;
}

export function createCheckpoint(
  { client, tableName: TableName, clock }: CheckpointTable,
  { run, remembersEnd }: CheckpointOptions,
): KeptCheckpoint {
  const Key = { cognito_sub: `run#${run}` };
  const read = async () => {
    const command = new GetCommand({ TableName, Key, ConsistentRead: true });
    return (await calling('read checkpoint', client.send(command))).Item;
  };
  const put = (fields: Readonly<Record<string, unknown>>) =>
    client.send(new PutCommand({ TableName, Item: { ...Key, ...fields } }));
  return {
    load: async () => readProgress(textAt((await read()) ?? {}, 'progress')),
    completedAt: async () => secondsAt((await read()) ?? {}, 'completed_at') ?? undefined,
    save: async (progress) => {
      if (progress !== undefined) {
        await calling('write checkpoint', put({ progress: JSON.stringify(progress) }));
      } else if (remembersEnd) {
        await calling('write checkpoint', put({ completed_at: nowSeconds(clock) }));
      } else {
        await calling('write checkpoint', client.send(new DeleteCommand({ TableName, Key })));
      }
    },
  };
}
