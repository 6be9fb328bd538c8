/** Stores the progress of a scheduled run in the entitlement table, under a key that is not a user's (`run#…`). */
import { type Checkpoint, readProgress } from '../../core/reconcile/progress.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import { textAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export interface KeptCheckpoint extends Checkpoint {
  /** Returns when the last run completed, in Unix seconds; `undefined` if a run is in progress or none was recorded. */
  completedAt(): Promise<number | undefined>;
}

type CheckpointTable = Omit<EntitlementTable, 'clock'> & { readonly clock: Pick<Clock, 'nowMs'> };

export interface CheckpointOptions {
  readonly run: string;
  /** Whether to record when a run completed. Otherwise its checkpoint is deleted. */
  readonly remembersEnd: boolean;
}

export function createCheckpoint(
  { client, tableName: TableName, clock }: CheckpointTable,
  { run, remembersEnd }: CheckpointOptions,
): KeptCheckpoint {
  const Key = { cognito_sub: `run#${run}` };
  const read = async () => {
    const { Item = {} } = await client.get('read checkpoint', { TableName, Key, ConsistentRead: true });
    return Item;
  };
  const put = (fields: Readonly<Record<string, unknown>>) =>
    client.put('write checkpoint', { TableName, Item: { ...Key, ...fields } });
  return {
    load: async () => readProgress(textAt(await read(), 'progress')),
    completedAt: async () => secondsAt(await read(), 'completed_at') ?? undefined,
    save: async (progress) => {
      if (progress !== undefined) await put({ progress: JSON.stringify(progress) });
      else if (remembersEnd) await put({ completed_at: nowSeconds(clock) });
      else await client.delete('delete checkpoint', { TableName, Key });
    },
  };
}
