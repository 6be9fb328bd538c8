/** The days that are simulated, and the ways to deliver events on each. */
import { simulateDay } from './day.ts';
import type { Day, Outcome } from './model.ts';

type Kind = Pick<Day, 'renewing' | 'overHours' | 'outage'>;
type Way = Pick<Day, 'eventsPerRenewal' | 'callsPerEvent' | 'delivery'>;

const HOUR = 3_600;
const outage = { from: HOUR, until: 2 * HOUR };
const ordinary = { renewing: 1 / 30, overHours: 24 };
/** Billing that is aligned with the month: a tenth of all subscribers, in the first hours. */
const first = { renewing: 0.1, overHours: 6 };

const kinds: Readonly<Record<string, Kind>> = {
  'an ordinary day': { ...ordinary, outage: null },
  'the same with an outage': { ...ordinary, outage },
  'the first of the month': { ...first, outage: null },
  'the same with an outage on it': { ...first, outage },
};

/** A renewal has two events that matter: the invoice is paid, and the subscription has a new period. */
const ways: Readonly<Record<string, Way>> = {
  'each event looks at Stripe': { eventsPerRenewal: 2, callsPerEvent: 2, delivery: 'stripe' },
  'one look per renewal': { eventsPerRenewal: 1, callsPerEvent: 1, delivery: 'stripe' },
  'one look, through a queue': { eventsPerRenewal: 1, callsPerEvent: 1, delivery: 'queue' },
};

export const wayNames = Object.keys(ways);

export interface Case {
  readonly subscribers: number;
  readonly kind: string;
  readonly way: string;
  readonly delivery: Day['delivery'];
  readonly outcome: Outcome;
}

export function simulateCases(): readonly Case[] {
  return [1_000_000, 10_000_000].flatMap((subscribers) =>
    Object.entries(kinds).flatMap(([kind, day]) =>
      Object.entries(ways).map(([way, how]) => ({
        subscribers,
        kind,
        way,
        delivery: how.delivery,
        outcome: simulateDay({ subscribers, ...day, ...how }),
      })),
    ),
  );
}
