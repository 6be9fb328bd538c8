/** What goes wrong on the way to a system and back, drawn from the seed; nothing, once the storm is over. */
import type { Chance } from './random.ts';

export type Fate =
  | 'fine'
  /** Refused or lost before anything happened. */
  | 'fails_before'
  /** Carried out, and the answer lost. */
  | 'fails_after'
  /** Carried out, the answer lost, and repeated by the client below: what a condition says may then mislead. */
  | 'repeated'
  /** Carried out or not, and never answered. */
  | 'hangs';

export interface Storm {
  /** Of every call. */
  readonly faultRate: number;
  /** Of every answer: the process dies instead of going on. */
  readonly killRate: number;
  /** When all is well again, in milliseconds of virtual time. */
  readonly endsAtMs: number;
}

export interface Weather {
  fateOf(nowMs: number): Fate;
  kills(nowMs: number): boolean;
  /** One way, in milliseconds: mostly short, at times very long, so that anybody may overtake anybody. */
  latencyMs(): number;
}

const FAULTS = ['fails_before', 'fails_before', 'fails_after', 'repeated', 'hangs'] as const;

export function createWeather(storm: Storm, chance: Chance): Weather {
  const rages = (nowMs: number): boolean => nowMs < storm.endsAtMs;
  return {
    fateOf: (nowMs) => (rages(nowMs) && chance.happens(storm.faultRate) ? chance.pick(FAULTS) : 'fine'),
    kills: (nowMs) => rages(nowMs) && chance.happens(storm.killRate),
    latencyMs: () => {
      const kind = chance.below(16);
      if (kind === 0) return chance.below(4_000);
      return kind < 4 ? chance.below(400) : chance.below(20);
    },
  };
}
