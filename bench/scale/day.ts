/**
 * A day of an installation, second by second: events arrive, Stripe answers so many calls, and what fails is delivered again.
 * It counts events rather than following each of them, so ten million subscribers take a second.
 */
import { queueOf, retriesOf } from './line.ts';
import { type Day, type Limits, type Outcome, publishedLimits } from './model.ts';
import { createTally } from './tally.ts';

const HOUR = 3_600;
const DAY_SECONDS = 24 * HOUR;
/** Stripe delivers again for three days. */
const LAST_SECOND = 4 * DAY_SECONDS;

export function simulateDay(day: Day, limits: Limits = publishedLimits): Outcome {
  const tally = createTally();
  const line = day.delivery === 'queue' ? queueOf(day, limits, tally) : retriesOf(day, limits, tally);
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

/** Returns how many events Stripe lets through in this second. */
function capacityAt(second: number, { outage, callsPerEvent }: Day, limits: Limits): number {
  if (outage !== null && second >= outage.from && second < outage.until) return 0;
  return Math.min(limits.perEndpoint, limits.perAccount / callsPerEvent);
}
