/**
 * A day of an installation, second by second: events arrive, Stripe answers so many calls, and what fails is delivered again.
 * It counts events rather than following each of them, so ten million subscribers take a second.
 */

export interface Day {
  readonly subscribers: number;
  /** The share of the subscribers whose period ends on this day. */
  readonly renewing: number;
  /** The hours, from midnight, over which they renew. */
  readonly overHours: number;
  /** The events of a renewal for which the webhook looks at Stripe. */
  readonly eventsPerRenewal: number;
  /** The calls to Stripe of each, to endpoints that differ. */
  readonly callsPerEvent: number;
  /** Seconds of the day in which Stripe answers nothing. */
  readonly outage: { readonly from: number; readonly until: number } | null;
  /** `stripe`: a failed event is delivered again by Stripe. `queue`: a queue holds what cannot be carried out yet. */
  readonly delivery: 'stripe' | 'queue';
}

export interface Limits {
  /** Calls per second to one endpoint, and to all of them. */
  readonly perEndpoint: number;
  readonly perAccount: number;
  /** How many invocations run at once, and how long one takes. */
  readonly concurrency: number;
  readonly secondsPerEvent: number;
}

/** Stripe's published limits of a live account, and Lambda's default limit of a region. */
export const publishedLimits: Limits = {
  perEndpoint: 25,
  perAccount: 100,
  concurrency: 1_000,
  secondsPerEvent: 0.5,
};

export interface Outcome {
  /** Events that are not carried out yet, at the end of each minute of the day. */
  readonly backlog: readonly number[];
  /** Seconds from an event to its row: the longest, and the time within which 99 of 100 are done. */
  readonly longestWait: number;
  readonly wait99: number;
  readonly events: number;
  readonly deliveries: number;
  readonly calls: number;
  /** Events that Stripe gives up delivering. Reconcile finds what they report. */
  readonly lost: number;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY_SECONDS = 24 * HOUR;
/** Stripe delivers again for three days. */
const LAST_SECOND = 4 * DAY_SECONDS;
const GIVE_UP_SECONDS = 3 * DAY_SECONDS;

/** Stripe publishes that its intervals grow exponentially over three days, but not the intervals. */
const retryMinutes = [5, 15, 45, 135, 405, 720] as const;
/** The share by which an interval is longer or shorter, so that not all that failed together returns together. */
const JITTER = 0.2;

/** Parts of an event that remain when shares are calculated. */
const NOTHING = 0.01;

/** Events that wait together. */
interface Waiting {
  readonly arrivedAt: number;
  readonly attempts: number;
  events: number;
}

export function simulateDay(day: Day, limits: Limits = publishedLimits): Outcome {
  const tally = createTally();
  const line = day.delivery === 'queue' ? queueOf(day, tally) : retriesOf(day, limits, tally);
  const perSecond = (day.subscribers * day.renewing * day.eventsPerRenewal) / (day.overHours * HOUR);
  for (let second = 0; second < LAST_SECOND; second += 1) {
    if (second < day.overHours * HOUR) {
      tally.arrive(perSecond);
      line.add({ arrivedAt: second, attempts: 0, events: perSecond });
    }
    line.work(second, capacityAt(second, day, limits));
    if (second < DAY_SECONDS) tally.note(second);
    else if (tally.open() < 1) break;
  }
  return tally.outcome();
}

/** Returns how many events can be carried out in this second. */
function capacityAt(second: number, { outage, callsPerEvent }: Day, limits: Limits): number {
  if (outage !== null && second >= outage.from && second < outage.until) return 0;
  const { perEndpoint, perAccount, concurrency, secondsPerEvent } = limits;
  return Math.min(perEndpoint, perAccount / callsPerEvent, concurrency / secondsPerEvent);
}

type Tally = ReturnType<typeof createTally>;

function createTally() {
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

interface Line {
  add(waiting: Waiting): void;
  work(second: number, capacity: number): void;
}

/** A queue: the oldest first, and only as many as Stripe's limits let through. */
function queueOf({ callsPerEvent }: Day, tally: Tally): Line {
  const waiting: Waiting[] = [];
  let head = 0;
  return {
    add: (one) => waiting.push(one),
    work: (second, capacity) => {
      let left = capacity;
      for (let first = waiting[head]; first !== undefined && left > NOTHING; first = waiting[head]) {
        const events = Math.min(left, first.events);
        first.events -= events;
        left -= events;
        tally.finish(events, second - first.arrivedAt);
        tally.spend(events, events * callsPerEvent);
        if (first.events <= NOTHING) head += 1;
      }
    },
  };
}

/** Deliveries that fail are repeated by Stripe, later each time, and compete with all others again. */
function retriesOf({ callsPerEvent }: Day, { concurrency, secondsPerEvent }: Limits, tally: Tally): Line {
  const due = new Map<number, Waiting[]>();
  const schedule = (second: number, one: Waiting) => {
    const others = due.get(second);
    if (others === undefined) due.set(second, [one]);
    else others.push(one);
  };
  const repeat = ({ arrivedAt, attempts }: Waiting, events: number, second: number) => {
    const next = second + intervalSeconds(attempts, second);
    if (next - arrivedAt > GIVE_UP_SECONDS) tally.lose(events);
    else schedule(next, { arrivedAt, attempts: attempts + 1, events });
  };
  return {
    add: (one) => schedule(one.arrivedAt, one),
    work: (second, capacity) => {
      const arrived = due.get(second) ?? [];
      due.delete(second);
      const demand = arrived.reduce((sum, { events }) => sum + events, 0);
      if (demand === 0) return;
      const served = Math.min(demand, capacity);
      // What Lambda starts and Stripe refuses has made one call.
      const refused = Math.min(demand, concurrency / secondsPerEvent) - served;
      tally.spend(demand, served * callsPerEvent + refused);
      for (const one of arrived) {
        const done = (one.events * served) / demand;
        if (done > 0) tally.finish(done, second - one.arrivedAt);
        if (one.events - done > NOTHING) repeat(one, one.events - done, second);
      }
    },
  };
}

/** Spread evenly, and always in the same way, so that a run can be repeated. */
function intervalSeconds(attempts: number, second: number): number {
  const minutes = retryMinutes[Math.min(attempts, retryMinutes.length - 1)] ?? 0;
  const spread = ((second * 7_919) % 1_000) / 500 - 1;
  return Math.round(minutes * MINUTE * (1 + JITTER * spread));
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
