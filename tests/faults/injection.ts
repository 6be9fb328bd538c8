/** Decides which call of an invocation fails, how it fails, and which of the later calls fail with it. */
import type { Call, Interruption, WireFault } from '../support/wire.ts';

/** A call that the run without faults made. */
export interface Step {
  readonly label: string;
  /** Counts from 1 among the calls with the same label. */
  readonly occurrence: number;
}

/**
 * Which calls fail: `call` is only the chosen one, so that the SDK's retry succeeds, `operation` includes its retries, and
 * `outage` includes every later call to any system.
 */
export type Reach = 'call' | 'operation' | 'outage';

export interface Injection {
  readonly step: Step;
  readonly fault: WireFault | Interruption;
  readonly reach: Reach;
}

export interface Injector {
  /** Whether the call to fail has been made. */
  readonly injected: boolean;
  /** Returns the fault for this call, or `undefined` if it should succeed. */
  next(label: string, call: Call): WireFault | Interruption | undefined;
}

export function createInjector({ step, fault, reach }: Injection): Injector {
  let seen = 0;
  let targetRequest: string | undefined;
  return {
    get injected() {
      return targetRequest !== undefined;
    },
    next(label, call) {
      // A retry sends an identical request.
      const request = JSON.stringify(call);
      if (targetRequest === undefined) {
        if (label !== step.label) return undefined;
        seen += 1;
        if (seen < step.occurrence) return undefined;
        targetRequest = request;
        return fault;
      }
      if (reach === 'outage') return fault;
      return reach === 'operation' && request === targetRequest ? fault : undefined;
    },
  };
}

/** Returns the steps of a run in the order of its calls. */
export function stepsOf(labels: readonly string[]): readonly Step[] {
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label);
    return { label, occurrence: before.length + 1 };
  });
}
