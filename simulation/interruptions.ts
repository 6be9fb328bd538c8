/** Notes what an invocation leaves behind when it fails or is killed: the invariants then wait for the next run. */
import type { Log, LogFields } from '../core/system/log.ts';
import type { Systems } from './systems.ts';
import type { User, World } from './world.ts';

/** Notes when a sign-up logs an error: a call that it gave up may still take effect later. */
export function recordingInterruption(log: Log, user: User, world: World): Log {
  return onError(log, () => recordInterruption(world, (one) => one === user));
}

/** Notes when the repair of a user fails. What it has written stays for the next run: the user may be provisioned halfway. */
export function recordingFailedRepairs(log: Log, world: World): Log {
  return onError(log, ({ metric, user_id, customer_id, event_id }) => {
    if (metric !== 'reconcile_failed') return;
    const event = world.stripe.events.find(({ id }) => id === event_id);
    const customer = world.stripe.customers.get(String(customer_id ?? event?.customerId));
    const sub = user_id ?? customer?.sub ?? event?.sub;
    recordInterruption(world, (user) => user.sub === sub);
  });
}

/** Notes whose profile an invocation creates: if it is killed, the user may be provisioned halfway. */
export function recordingCreations(systems: Systems, created: Set<string>): Systems {
  const { profiles } = systems;
  const fillIn: typeof profiles.fillIn = async (profile) => {
    const { userId } = profile;
    const isFirst = !created.has(userId);
    // A run that is killed during the call never learns what the call did.
    created.add(userId);
    const outcome = await profiles.fillIn(profile);
    if (isFirst && outcome !== 'created') created.delete(userId);
    return outcome;
  };
  return { ...systems, profiles: { ...profiles, fillIn } };
}

export function recordInterruption({ users, context }: World, isInterrupted: (user: User) => boolean): void {
  for (const user of users.filter(isInterrupted)) user.signUpInterruptedMs = context.timeline.nowMs;
}

function onError(log: Log, watch: (fields: LogFields) => void): Log {
  return {
    ...log,
    error: (message, fields, cause) => {
      watch(fields ?? {});
      log.error(message, fields, cause);
    },
  };
}
