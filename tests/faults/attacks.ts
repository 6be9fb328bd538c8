/** Every way in which a call may be hit. */
import type { WireFault } from '../support/wire.ts';
import type { Reach } from './plan.ts';

/** What passes: a refusal is no accident. */
type Accident = Exclude<WireFault, 'forbidden'>;

export type Attack =
  | { readonly title: string; readonly kind: 'fault'; readonly fault: Accident; readonly reach: Reach }
  | { readonly title: string; readonly kind: 'kill'; readonly when: 'before' | 'after' };

const faults = {
  hang: 'is never answered',
  server_error: 'is answered 500',
  throttled: 'is throttled',
  reset_before: 'is cut off before it takes effect',
  reset_after: 'takes effect, and its answer is lost',
} as const satisfies Record<Accident, string>;

const reaches = {
  outage: 'and so is every call from there on, to all systems',
  operation: 'and so is each of its repetitions',
  call: 'once',
} as const satisfies Record<Reach, string>;

/** Repetitions that are never answered take the longest of all; the outage holds them too. */
function reachesOf(fault: Accident): readonly Reach[] {
  const all = Object.keys(reaches) as Reach[];
  return fault === 'hang' ? all.filter((reach) => reach !== 'operation') : all;
}

/** The slow ones first, so that the others go on beside them. */
export const attacks: readonly Attack[] = [
  ...(Object.keys(faults) as Accident[]).flatMap((fault) =>
    reachesOf(fault).map((reach) => {
      return { title: `${faults[fault]}, ${reaches[reach]}`, kind: 'fault', fault, reach } as const;
    }),
  ),
  { title: 'kills the process before it takes effect', kind: 'kill', when: 'before' },
  { title: 'kills the process once it has taken effect', kind: 'kill', when: 'after' },
];

/** For titles: how the call is hit, and the attack. */
export const attackTable = attacks.map((attack) => [attack.title, attack] as const);
