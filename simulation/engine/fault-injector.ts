/** What goes wrong on the way to a system and back, drawn from the seed; nothing, once the storm is over. */
import type { Random } from './random.ts';

export type FaultKind =
  | 'fine'
  /** Refused or lost before anything happened. */
  | 'fails_before'
  /** Carried out, and the answer lost. */
  | 'fails_after'
  /** Carried out, the answer lost, and repeated by the client below: what a condition says may then mislead. */
  | 'repeated'
  /** Carried out or not, and never answered. */
  | 'hangs';

export interface FaultProfile {
  /** Of every call. */
  readonly faultRate: number;
  /** Of every answer: the process dies instead of going on. */
  readonly killRate: number;
  /** When all is well again, in milliseconds of virtual time. */
  readonly endsAtMs: number;
}

export interface FaultInjector {
  faultAt(nowMs: number): FaultKind;
  killsAt(nowMs: number): boolean;
  /** One way, in milliseconds: mostly short, at times very long, so that anybody may overtake anybody. */
  latencyMs(): number;
}

const faultKinds = ['fails_before', 'fails_before', 'fails_after', 'repeated', 'hangs'] as const;

export function createFaultInjector(profile: FaultProfile, random: Random): FaultInjector {
  const isActive = (nowMs: number): boolean => nowMs < profile.endsAtMs;
  return {
    faultAt: (nowMs) =>
      isActive(nowMs) && random.chance(profile.faultRate) ? random.pick(faultKinds) : 'fine',
    killsAt: (nowMs) => isActive(nowMs) && random.chance(profile.killRate),
    latencyMs: () => {
      const kind = random.below(16);
      if (kind === 0) return random.below(4_000);
      return kind < 4 ? random.below(400) : random.below(20);
    },
  };
}
