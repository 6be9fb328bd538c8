/** Schedules what happens to a record some time after its request. */
import type { EffectName, LaterEffect } from '../model/later-effect.ts';
import type { World } from '../world/world.ts';

interface EffectInput {
  readonly effect: EffectName;
  readonly subject: string;
  /** The customer whose test clock the effect waits for, if there is one. */
  readonly customer: string | null;
  /** Seconds from now. */
  readonly after: number;
}

export function scheduleEffect(world: World, { effect, subject, customer, after }: EffectInput): LaterEffect {
  const clock = customer === null ? null : (world.store.customers.get(customer)?.test_clock ?? null);
  return world.store.laterEffects.put({
    id: world.ids.next('later_'),
    effect,
    subject,
    at: world.seconds() + after,
    clock,
  });
}

/** Drops what was to happen to the record, because it has happened or no longer can. */
export function dropEffects(world: World, subject: string, effect?: EffectName): void {
  for (const row of world.store.laterEffects.where('subject', subject))
    if (effect === undefined || row.effect === effect) world.store.laterEffects.drop(row.id);
}
