/** The events of Stripe: dated in whole seconds, up to two seconds before the change is visible. */
import type { CompletedCheckout } from '../../core/sync/stripe-event.ts';
import type { Random } from '../engine/random.ts';
import type { Timeline } from '../engine/timeline.ts';

export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  /** In whole seconds. Up to two seconds before the change is visible. */
  readonly created: number;
  readonly customerId: string;
  /** The user that the metadata of the event's object name. */
  readonly sub: string | null;
  /** The user that the customer named before, if the event reports that it names another one. */
  readonly formerSub: string | null;
  /** Set if the event reports that a session of this product was completed or paid. */
  readonly checkout: CompletedCheckout | null;
  /** Whether it reports a session in payment mode. */
  readonly isOfPurchase: boolean;
  /** It arrives at once, as do the others of one payment. */
  readonly isPrompt: boolean;
}

export interface EventWorld {
  readonly events: StripeEvent[];
  readonly timeline: Timeline;
  readonly random: Random;
  /** Until when events arrive at once. */
  readonly prompt: { untilMs: number };
  onEvent(event: StripeEvent): void;
}

const MAX_COMMIT_MS = 2_000;

export function emit(
  world: EventWorld,
  type: string,
  about: Pick<StripeEvent, 'customerId' | 'sub'> &
    Partial<Pick<StripeEvent, 'formerSub' | 'checkout' | 'isOfPurchase'>>,
): void {
  const startedMs = world.timeline.nowMs - world.random.below(MAX_COMMIT_MS);
  const event = {
    id: `evt_${world.events.length + 1}`,
    type,
    created: Math.floor(startedMs / 1000),
    formerSub: null,
    checkout: null,
    isOfPurchase: false,
    isPrompt: world.timeline.nowMs < world.prompt.untilMs,
    ...about,
  };
  world.events.push(event);
  world.onEvent(event);
}
