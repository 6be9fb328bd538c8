/** Composition root of `reconcile`. */
import { createCheckpoint } from '../../adapters/dynamodb/checkpoint.ts';
import { createHandler } from './handler.ts';
import { openSystems } from './systems.ts';

export const handler = createHandler({
  open: async (log, options) => {
    const { systems, table } = await openSystems({ environment: process.env, log });
    return { systems, checkpoint: createCheckpoint(table, options) };
  },
});
