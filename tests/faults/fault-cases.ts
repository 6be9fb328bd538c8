/** The fault cases of the matrix: every way in which a call can fail, and every point at which the process can die. */
import { isLongRun } from '../support/extent.ts';
import type { WireFault } from '../support/wire.ts';
import type { Reach } from './injection.ts';

/** Faults that a retry can overcome, unlike a missing permission. */
type TransientFault = Exclude<WireFault, 'forbidden'>;

export type FaultCase =
  | { readonly title: string; readonly kind: 'fault'; readonly fault: TransientFault; readonly reach: Reach }
  | { readonly title: string; readonly kind: 'kill'; readonly when: 'before' | 'after' };

const faults = {
  hang: 'is never answered',
  server_error: 'is answered 500',
  throttled: 'is throttled',
  reset_before: 'loses its connection before it takes effect',
  reset_after: 'takes effect but loses its response',
} as const satisfies Record<TransientFault, string>;

const reaches = {
  outage: 'together with every later call to any system',
  operation: 'together with every retry of it',
  call: 'once',
} as const satisfies Record<Reach, string>;

/**
 * Leaves out what another fault shows already: an outage by throttling or by broken connections is one by server errors,
 * and unanswered retries, the slowest case of all, are part of an outage without answers.
 */
function reachesOf(fault: TransientFault): readonly Reach[] {
  const all = Object.keys(reaches) as Reach[];
  const left: Partial<Record<TransientFault, Reach>> = {
    hang: 'operation',
    throttled: 'outage',
    reset_before: 'outage',
  };
  return all.filter((reach) => reach !== left[fault]);
}

/** Every case, the slow ones first, so that the others run in the meantime. */
export const faultCases: readonly FaultCase[] = [
  ...(Object.keys(faults) as TransientFault[]).flatMap((fault) =>
    reachesOf(fault).map((reach) => {
      return { title: `${faults[fault]}, ${reaches[reach]}`, kind: 'fault', fault, reach } as const;
    }),
  ),
  { title: 'is cut short by a crash before it takes effect', kind: 'kill', when: 'before' },
  { title: 'is cut short by a crash after it has taken effect', kind: 'kill', when: 'after' },
];

/** The rows for `it.for`: the title that completes "any of its calls …", and the case. */
export const faultCaseTable = faultCases.map((faultCase) => [faultCase.title, faultCase] as const);

/** A call of a scenario: both count from 0. */
export interface Place {
  readonly scenario: number;
  readonly call: number;
}

/**
 * Returns whether the call is tried with this case. In `npm test`, every call meets one of the two that are the hardest to
 * get right: it takes effect and the function does not learn of it, by a lost response or a crash in turn. The reaches of a
 * lost response take turns too. `npm run test:long` tries what is left.
 */
export function isTried(faultCase: FaultCase, place: Place): boolean {
  return isDistinct(faultCase, place) && isInShortRun(faultCase, place) !== isLongRun;
}

/** A process that dies before a call leaves what it leaves when it dies after the previous call. */
function isDistinct(faultCase: FaultCase, { call }: Place): boolean {
  return faultCase.kind !== 'kill' || faultCase.when === 'after' || call === 0;
}

function isInShortRun(faultCase: FaultCase, { scenario, call }: Place): boolean {
  const turn = call + scenario;
  if (faultCase.kind === 'kill') return faultCase.when === 'before' || turn % 2 === 0;
  const { fault, reach } = faultCase;
  return fault === 'reset_after' && turn % 2 === 1 && reach === oneOf(reachesOf(fault), (turn - 1) / 2);
}

function oneOf<T>(all: readonly T[], turn: number): T | undefined {
  return all[turn % all.length];
}
