/** Which call of an invocation is hit, how, and what of the calls after it. */
import type { Call, Interruption, WireFault } from '../support/wire.ts';

/** A call as the run without faults made it: `occurrence` counts, from 1, among those of the same label. */
export interface Step {
  readonly label: string;
  readonly occurrence: number;
}

/**
 * `call`: that one call, so that its repetition by the SDK gets through. `operation`: its repetitions too.
 * `outage`: that call and every one after it, to whichever system.
 */
export type Reach = 'call' | 'operation' | 'outage';

export interface Plan {
  readonly step: Step;
  readonly fault: WireFault | Interruption;
  readonly reach: Reach;
}

export interface PlannedFaults {
  /** Whether the call that the plan names has come. */
  readonly struck: boolean;
  next(label: string, call: Call): WireFault | Interruption | undefined;
}

export function plannedFaults({ step, fault, reach }: Plan): PlannedFaults {
  let seen = 0;
  let target: string | undefined;
  return {
    get struck() {
      return target !== undefined;
    },
    next(label, call) {
      // A repetition is the very same request once more.
      const request = JSON.stringify(call);
      if (target === undefined) {
        if (label !== step.label) return undefined;
        seen += 1;
        if (seen < step.occurrence) return undefined;
        target = request;
        return fault;
      }
      if (reach === 'outage') return fault;
      return reach === 'operation' && request === target ? fault : undefined;
    },
  };
}

/** The steps of a run, in the order in which its calls came. */
export function stepsOf(labels: readonly string[]): readonly Step[] {
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label);
    return { label, occurrence: before.length + 1 };
  });
}
