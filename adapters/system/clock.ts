/** The system clock. */
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowIso: () => new Date().toISOString(),
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
  within: async (ms, work) => {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      const fault = new Fault({ code: 'time_limit', system: 'self', operation: `${Math.round(ms)} ms` });
      timer = setTimeout(reject, Math.max(0, ms), fault);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  },
};
