/** The events of Stripe: dated in whole seconds, up to two seconds before the change is visible. */
import type { StripeEvent, StripeWorld } from './stripe.ts';

const MAX_COMMIT_MS = 2_000;

export function emit(
  world: StripeWorld,
  type: string,
  about: Pick<StripeEvent, 'customerId' | 'sub'> & Partial<Pick<StripeEvent, 'formerSub' | 'checkout'>>,
): void {
  const startedMs = world.timeline.nowMs - world.random.below(MAX_COMMIT_MS);
  const event = {
    id: `evt_${world.events.length + 1}`,
    type,
    created: Math.floor(startedMs / 1000),
    formerSub: null,
    checkout: null,
    isPrompt: world.timeline.nowMs < world.prompt.untilMs,
    ...about,
  };
  world.events.push(event);
  world.onEvent(event);
}
