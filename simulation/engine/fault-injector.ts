/** Draws the faults and latencies of calls from the seed. After the end of its profile it injects no more faults. */
import type { Random } from './random.ts';

export type FaultKind =
  | 'none'
  /** The call is refused or lost before it takes effect. */
  | 'fails_before'
  /** Stripe refuses the call (400 or 403). Other systems fail before the effect. */
  | 'refused'
  /** Too many requests (429): the call is refused for now. */
  | 'rate_limited'
  /** The first attempt fails, and the SDK's retry takes effect seconds later. */
  | 'retried'
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
  /** The probability that a process is frozen after its answer and thawed later, instead of never being used again. */
  readonly freezeRate: number;
  /** When the faults end, in milliseconds of virtual time. */
  readonly endsAtMs: number;
}

export interface FaultInjector {
  faultAt(nowMs: number): FaultKind;
  killsAt(nowMs: number): boolean;
  /** Returns how long the process is frozen that answers now; undefined if it is never used again. */
  freezeMsAt(nowMs: number): number | undefined;
  /** One way, in milliseconds: mostly short, at times very long, so that any call can overtake any other. */
  latencyMs(): number;
  /** How long an SDK waits before it retries, in milliseconds. */
  backoffMs(): number;
}

const faultKinds = [
  'fails_before',
  'refused',
  'rate_limited',
  'retried',
  'fails_after',
  'repeated',
  'hangs',
] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function createFaultInjector(profile: FaultProfile, random: Random): FaultInjector {
  const isActive = (nowMs: number): boolean => nowMs < profile.endsAtMs;
  return {
    faultAt: (nowMs) =>
      isActive(nowMs) && random.chance(profile.faultRate) ? random.pick(faultKinds) : 'none',
    killsAt: (nowMs) => isActive(nowMs) && random.chance(profile.killRate),
    freezeMsAt: (nowMs) => {
      if (!isActive(nowMs) || !random.chance(profile.freezeRate)) return undefined;
      return random.below(random.pick([MINUTE_MS, HOUR_MS, 3 * DAY_MS]));
    },
    backoffMs: () => 500 + random.below(7_500),
    latencyMs: () => {
      const kind = random.below(16);
      if (kind === 0) return random.below(4_000);
      return kind < 4 ? random.below(400) : random.below(20);
    },
  };
}
