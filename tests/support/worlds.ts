/** The worlds of the simulation, called directly: no delays, no faults. */
import type { Network } from '../../simulation/engine/invocation.ts';
import { randomFrom } from '../../simulation/engine/random.ts';
import { createTimeline, type Timeline } from '../../simulation/engine/timeline.ts';
import { createStripeWorld, type StripeWorld } from '../../simulation/worlds/stripe.ts';

export function directLine(timeline: Timeline): Network {
  return {
    call: async (_system, _name, effect) => effect(),
    timed: async (_system, _name, effect) => {
      const nowMs = timeline.nowMs;
      return effect()({ startedMs: nowMs, answeredMs: nowMs });
    },
  };
}

export function stillTimeline(): Timeline {
  return createTimeline(Date.now());
}

export function quietStripe(timeline: Timeline): StripeWorld {
  return createStripeWorld({ timeline, random: randomFrom(1), onEvent: () => {}, onEnding: () => {} });
}
