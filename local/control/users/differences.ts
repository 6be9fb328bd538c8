/** What reconcile would report about a user, and which systems are concerned. */
import type { Difference, Lane } from '../contract.ts';
import type { InspectorFinding } from '../inspection.ts';

export function differenceOf({ reason, subjectId, planned }: InspectorFinding): Difference {
  return { reason, subjectId, planned: planned ?? null, lanes: lanesOf(reason) };
}

/** The words in a reason that name a system. */
const lanesByWord: readonly (readonly [RegExp, readonly Lane[]])[] = [
  [/store|paid_twice/, ['revenuecat', 'dynamodb']],
  [/user_missing|user_without/, ['cognito', 'dynamodb']],
  [/customer|stripe|subscription|refund|trial/, ['stripe', 'dynamodb']],
];

function lanesOf(reason: string): readonly Lane[] {
  return lanesByWord.find(([word]) => word.test(reason))?.[1] ?? ['dynamodb', 'stripe'];
}
