/** Draws the faults and latencies of calls from the seed. After the end of its profile it injects no more faults. */
import type { Random } from './random.ts';

export type FaultKind =
  | 'none'
  /** The call is refused or lost before it takes effect. */
  | 'fails_before'
  /** The call takes effect, and the answer is lost. */
  | 'fails_after'
  /** The call takes effect, the answer is lost, and the SDK retries: a condition may then fail against its own write. */
  | 'repeated'
  /** The call takes effect or not, and is never answered. */
  | 'hangs';

export interface FaultProfile {
  /** The probability that a call meets a fault. */
  readonly faultRate: number;
  /** The probability, at every answer, that the process dies instead of continuing. */
  readonly killRate: number;
  /** When the faults end, in milliseconds of virtual time. */
  readonly endsAtMs: number;
}

export interface FaultInjector {
  faultAt(nowMs: number): FaultKind;
  killsAt(nowMs: number): boolean;
  /** One way, in milliseconds: mostly short, at times very long, so that any call can overtake any other. */
  latencyMs(): number;
}

const faultKinds = ['fails_before', 'fails_before', 'fails_after', 'repeated', 'hangs'] as const;

export function createFaultInjector(profile: FaultProfile, random: Random): FaultInjector {
  const isActive = (nowMs: number): boolean => nowMs < profile.endsAtMs;
  return {
    faultAt: (nowMs) =>
      isActive(nowMs) && random.chance(profile.faultRate) ? random.pick(faultKinds) : 'none',
    killsAt: (nowMs) => isActive(nowMs) && random.chance(profile.killRate),
    latencyMs: () => {
      const kind = random.below(16);
      if (kind === 0) return random.below(4_000);
      return kind < 4 ? random.below(400) : random.below(20);
    },
  };
}
