/** The deadlines of this process. Node carries them through the awaits of the work. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createDeadlines, type Deadline } from '../../core/system/deadline.ts';

export const { runWithin, ensureTimeLeft, abandonment, repetitions } = createDeadlines(
  new AsyncLocalStorage<Deadline>(),
);
