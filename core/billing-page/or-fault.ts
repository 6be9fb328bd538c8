/** Lets one read fail without the others. */
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';

/** Returns the value, or the failure of another system, also if it takes longer. A mistake of this service is thrown. */
export async function orFault<T>(
  { clock, ms }: { readonly clock: Pick<Clock, 'within'>; readonly ms: number },
  work: () => Promise<T>,
): Promise<T | Fault> {
  try {
    return await clock.within(ms, work);
  } catch (cause) {
    if (cause instanceof Fault) return cause;
    throw cause;
  }
}
