/** The ways in which events wait to be carried out: in the queue of this project, or with Stripe, which delivers them again. */
import {
  CUSTOMERS_AT_ONCE,
  MAX_RECEIVE_COUNT,
  VISIBILITY_TIMEOUT_SECONDS,
} from '../../contract/event-queue.ts';
import type { Day, Limits } from './model.ts';
import type { Tally } from './tally.ts';

/** Events that wait together. */
export interface Waiting {
  readonly arrivedAt: number;
  readonly attempts: number;
  events: number;
}

export interface Line {
  add(waiting: Waiting): void;
  /** `capacity`: how many events Stripe lets through in this second. */
  work(second: number, capacity: number): void;
}

const MINUTE = 60;
const HOUR = 3_600;
const GIVE_UP_SECONDS = 3 * 24 * HOUR;

/** Stripe publishes that its intervals grow exponentially over three days, but not the intervals. */
const retryMinutes = [5, 15, 45, 135, 405, 720] as const;
/** The share by which an interval is longer or shorter, so that not all that failed together returns together. */
const JITTER = 0.2;

/** Parts of an event that remain when shares are calculated. */
const NOTHING = 0.01;

/**
 * The queue: what has failed first, once it is visible again, then the oldest. Only as many workers run as the stage allows. What
 * fails as often as the queue allows is lost to its dead-letter queue.
 */
export function queueOf({ callsPerEvent }: Day, limits: Limits, tally: Tally): Line {
  const waiting: Waiting[] = [];
  const hidden = new Map<number, Waiting[]>();
  const returned: Waiting[] = [];
  let head = 0;
  const received = (limits.workers * CUSTOMERS_AT_ONCE) / limits.secondsPerEvent;
  const fail = ({ arrivedAt, attempts }: Waiting, events: number, second: number) => {
    if (attempts + 1 >= MAX_RECEIVE_COUNT) return tally.lose(events);
    const until = second + VISIBILITY_TIMEOUT_SECONDS;
    const one = { arrivedAt, attempts: attempts + 1, events };
    const others = hidden.get(until);
    if (others === undefined) hidden.set(until, [one]);
    else others.push(one);
  };
  const take = (one: Waiting, left: { received: number; served: number }, second: number) => {
    const events = Math.min(left.received, one.events);
    if (events <= NOTHING) return;
    const done = Math.min(left.served, events);
    one.events -= events;
    left.received -= events;
    left.served -= done;
    if (done > 0) tally.finish(done, second - one.arrivedAt);
    if (events - done > 0) fail(one, events - done, second);
    tally.spend(events, done * callsPerEvent + (events - done));
  };
  return {
    add: (one) => waiting.push(one),
    work: (second, capacity) => {
      returned.push(...(hidden.get(second) ?? []));
      hidden.delete(second);
      const left = { received, served: capacity };
      while (left.received > NOTHING) {
        const one = returned[0] ?? waiting[head];
        if (one === undefined) break;
        take(one, left, second);
        if (one.events > NOTHING) break;
        if (one === returned[0]) returned.shift();
        else head += 1;
      }
    },
  };
}

/** Deliveries that fail are repeated by Stripe, later each time, and compete with all others again. */
export function retriesOf({ callsPerEvent }: Day, limits: Limits, tally: Tally): Line {
  const { concurrency, secondsPerEvent } = limits;
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
      const started = Math.min(demand, concurrency / secondsPerEvent);
      const served = Math.min(started, capacity);
      // What Lambda starts and Stripe refuses has made one call.
      tally.spend(demand, served * callsPerEvent + (started - served));
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
