/** What operators give: each command once, twice at the same moment, or again after it was interrupted. */
import { endAfterDays } from '../../core/grants/terms.ts';
import type { InvocationResult } from '../engine/invocation.ts';
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import type { User, World } from '../world.ts';
import { prices } from './new-subscription.ts';

interface Call {
  readonly user: User;
  readonly action: Action;
}

const MAX_TRIES = 3;
const PAUSE_MS = 20_000;
/** Commands of two people meet, and the syncs of what happens at that moment. */
const SAME_MOMENT_MS = 400;

export function give(world: World, functions: Functions, { user, action }: Call): void {
  const { kind, variant } = action;
  const isForever = kind === 'grant_forever';
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  const terms = {
    plan: variant % 3 === 0 ? prices[0] : 'gift',
    features: variant % 2 === 0 ? [] : ['export'],
    until: isForever ? null : endAfterDays(1 + (variant % 4) * 10, now),
    by: 'anna',
    reason: 'Partner',
  };
  const command = (triesLeft: number): void => {
    world.trace(`${user.sub}: is given ${JSON.stringify(terms)}`);
    world.context.tally.add(`action ${kind}`);
    void functions.give(user, terms).then((result) => {
      const isEnded = note(world, user, { name: 'grant', result });
      if (!isEnded && triesLeft > 1) world.context.timeline.after(PAUSE_MS, () => command(triesLeft - 1));
    });
  };
  command(MAX_TRIES);
  if (variant % 4 === 1) world.context.timeline.after(world.random.below(SAME_MOMENT_MS), () => command(1));
}

export function revokeAll(world: World, functions: Functions, { user, action }: Call): void {
  const command = (triesLeft: number): void => {
    world.trace(`${user.sub}: all grants are revoked`);
    world.context.tally.add('action revoke_grants');
    void functions.revokeAll(user).then((result) => {
      const isEnded = note(world, user, { name: 'revocation', result });
      if (!isEnded && triesLeft > 1) world.context.timeline.after(PAUSE_MS, () => command(triesLeft - 1));
    });
  };
  command(MAX_TRIES);
  if (action.variant % 4 === 1)
    world.context.timeline.after(world.random.below(SAME_MOMENT_MS), () => command(1));
}

/** Returns whether the command has ended. One that was interrupted may have changed the row, or may leave a provisional one. */
function note(
  world: World,
  user: User,
  { name, result }: { readonly name: string; readonly result: InvocationResult<{ readonly kind: string }> },
): boolean {
  const isEnded = result.kind === 'returned';
  const outcome = isEnded ? result.value.kind : 'interrupted';
  world.trace(`${user.sub}: ${name} ends: ${outcome}`);
  world.context.tally.add(`${name} ${outcome}`);
  if (isEnded) return true;
  user.syncInterrupted = true;
  user.signUpInterruptedMs = world.context.timeline.nowMs;
  return false;
}
