/** Watches invocations, so that a timeline can show them with their output. */
import type { UNRECORDED } from '../recording/context.ts';
import type { InvocationResult } from './invocation.ts';

/** One invocation that is watched. */
export interface WatchedInvocation {
  /** Names the invocation to the servers that the function calls. */
  readonly span: number | typeof UNRECORDED;
  line(line: string): void;
  end(result: InvocationResult): void;
}

export type ObserveInvocation = (name: string, event: unknown) => WatchedInvocation;
