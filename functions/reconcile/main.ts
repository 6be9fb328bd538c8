/** Composition root of `reconcile`. */
import { createCheckpoint } from '../../adapters/dynamodb/checkpoint.ts';
import { openServices } from '../../composition/reconcile.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  open: async (log, options) => {
    const config = readConfig(process.env);
    const { systems, table } = await openServices({ config, log });
    return { systems, checkpoint: createCheckpoint(table, options) };
  },
});
