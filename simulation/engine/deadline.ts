/** The deployed deadlines, in virtual time. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createDeadlines, type Deadline } from '../../core/system/deadline.ts';

export const { runWithin, ensureTimeLeft, abandonment } = createDeadlines(new AsyncLocalStorage<Deadline>());
