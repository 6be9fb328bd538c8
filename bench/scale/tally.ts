/** Counts what becomes of the events of a simulated day. */
import type { Outcome } from './model.ts';

const MINUTE = 60;

export type Tally = ReturnType<typeof createTally>;

export function createTally() {
  const waits = new Map<number, number>();
  const backlog: number[] = [];
  const sums = { events: 0, deliveries: 0, calls: 0, lost: 0 };
  let open = 0;
  return {
    arrive: (events: number) => {
      sums.events += events;
      open += events;
    },
    finish: (events: number, wait: number) => {
      open -= events;
      waits.set(wait, (waits.get(wait) ?? 0) + events);
    },
    lose: (events: number) => {
      open -= events;
      sums.lost += events;
    },
    spend: (deliveries: number, calls: number) => {
      sums.deliveries += deliveries;
      sums.calls += calls;
    },
    note: (second: number) => {
      if (second % MINUTE === MINUTE - 1) backlog.push(open);
    },
    open: () => open,
    outcome: (): Outcome => ({ ...sums, backlog, ...quantilesOf(waits) }),
  };
}

function quantilesOf(waits: ReadonlyMap<number, number>): Pick<Outcome, 'longestWait' | 'wait99'> {
  const sorted = [...waits].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, events]) => sum + events, 0);
  let seen = 0;
  const wait99 = sorted.find(([, events]) => {
    seen += events;
    return seen >= total * 0.99;
  });
  return { longestWait: sorted.at(-1)?.[0] ?? 0, wait99: wait99?.[0] ?? 0 };
}
