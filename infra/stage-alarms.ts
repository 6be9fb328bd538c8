/** The alarms that a stage has: on its own functions, and on no more at once than CloudWatch adds up. */
import type { FunctionName } from '../contract/functions.ts';
import type { AlarmSpec } from './alarm-spec.ts';
import { alarms } from './alarms.ts';
import { functionsOf, type StageShape } from './functions.ts';

/** Returns the alarms of a stage, each on the functions that the stage has. */
export function alarmsOf(stage: StageShape): readonly AlarmSpec[] {
  const deployed = functionsOf(stage);
  return alarms.flatMap((alarm) => {
    const { source } = alarm;
    if (alarm.ofStores === true && stage.stores === null) return [];
    if (alarm.ofQueue === true && stage.webhookQueue === null) return [];
    if (!('functions' in source)) return [alarm];
    const functions = source.functions.filter((name) => deployed.includes(name));
    if (functions.length === 0) return [];
    if (source.kind === 'lambda_p99') return [alarm];
    return inParts(functions).map((part, index) => ({
      ...alarm,
      ...(index === 0 ? {} : { name: `${alarm.name}-${index + 1}`, runbook: alarm.name }),
      source: { ...source, functions: part },
    }));
  });
}

/** An alarm of CloudWatch adds up at most ten metrics, so one about more functions is several. */
const MAX_SUMMANDS = 10;

function inParts(functions: readonly FunctionName[]): readonly (readonly FunctionName[])[] {
  const starts = functions.flatMap((_, index) => (index % MAX_SUMMANDS === 0 ? [index] : []));
  return starts.map((start) => functions.slice(start, start + MAX_SUMMANDS));
}
