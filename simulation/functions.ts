/** The functions as the simulation runs them: the real use cases on the worlds. A mutant replaces a part of them. */
import { createDeleteAccount } from '../core/account/delete-account.ts';
import { createProvision } from '../core/account/provision.ts';
import { createSignUp } from '../core/account/sign-up.ts';
import { answerOf } from '../core/entitlement/answer.ts';
import { createGate } from '../core/gate/gate.ts';
import { createReconcile } from '../core/reconcile/reconcile.ts';
import { createApplyEvent } from '../core/sync/apply-event.ts';
import type { ChargeEvent, CustomerEvent } from '../core/sync/stripe-event.ts';
import { createSync } from '../core/sync/sync.ts';
import type { Log } from '../core/system/log.ts';
import { atRest, type Invocation, type InvocationResult, invoke } from './engine/invocation.ts';
import {
  type PurchaseFunctions,
  type PurchaseSystems,
  purchaseFunctions,
  type Run,
} from './purchase-functions.ts';
import { POOL_ID, type User, type World } from './world.ts';
import { billingOf } from './worlds/billing.ts';
import { portalOf, sessionsOf } from './worlds/checkout.ts';
import { userDirectoryOf } from './worlds/cognito.ts';
import { entitlementStoreOf, profileStoreOf, trialStoreOf } from './worlds/dynamodb.ts';
import { listingsOf } from './worlds/listings.ts';

/** Everything that the use cases call in one invocation. */
export interface Systems extends PurchaseSystems {
  readonly sync: (services: Parameters<typeof createSync>[0]) => ReturnType<typeof createSync>;
  /** Renders a row as the answer that its user gets. */
  readonly answer: typeof answerOf;
}

/** Replaces a part of the systems by a faulty one. A faulty part that has state keeps it in the world. */
export type Mutation = (systems: Systems, world: World) => Systems;

/** The handlers' own limits; Lambda ends the process a while later. */
const WEBHOOK_LIMIT_MS = 19_000;
const DELETION_LIMIT_MS = 25_000;
const LAMBDA_RESERVE_MS = 1_000;
const SIGN_UP_LIMIT_MS = 4_000;
const COGNITO_TIMEOUT_MS = 5_000;

export interface Functions extends PurchaseFunctions {
  /** Resolves to the kind of the outcome, or `cut off`. */
  signUp(user: User): Promise<InvocationResult<string>>;
  webhook(event: CustomerEvent | ChargeEvent): Promise<InvocationResult<void>>;
  deleteAccount(user: User): Promise<InvocationResult<void>>;
  reconcile(): Promise<InvocationResult<void>>;
  readonly answer: typeof answerOf;
}

export function functionsIn(world: World, mutation: Mutation): Functions {
  const run = <T>(
    options: { readonly name: string; readonly limitMs: number },
    work: (systems: Systems) => Promise<T>,
  ): Promise<InvocationResult<T>> => {
    const { skewMs } = world.history;
    const skew = skewMs === 0 ? 0 : world.random.below(2 * skewMs) - skewMs;
    return invoke(world.context, { ...options, skewMs: skew }, (invocation) =>
      work(mutation(systemsOf(world, invocation), world)),
    );
  };
  const log = countingLog(world);
  const runWithin = <T>(
    options: { readonly name: string; readonly limitMs: number },
    work: (systems: Systems) => Promise<T>,
  ) =>
    run({ ...options, limitMs: options.limitMs + LAMBDA_RESERVE_MS }, (systems) =>
      systems.clock.within(options.limitMs, () => work(systems)),
    );
  const runWithSync: Run = (options, work) =>
    runWithin(options, (systems) => work(systems, syncIn(world, systems, log)));
  return {
    ...purchaseFunctions(runWithSync, { log, offersTrials: world.history.offersTrials }),
    signUp: (user) =>
      run({ name: `sign-up of ${user.sub}`, limitMs: COGNITO_TIMEOUT_MS }, async (systems) => {
        const contact = { email: `${user.sub}@example.com`, givenName: null, familyName: null, name: null };
        const work = () =>
          createSignUp({ ...systems, log: recordingInterruption(log, user, world) })({
            poolId: POOL_ID,
            sub: user.sub,
            ...contact,
          });
        // The trigger's handler returns the event in every case.
        const outcome = await systems.clock.within(SIGN_UP_LIMIT_MS, work).catch(() => undefined);
        const kind = outcome?.kind ?? 'cut off';
        world.context.tally.add(`sign-up ${kind}`);
        return kind;
      }),
    webhook: (event) =>
      runWithin({ name: `webhook ${event.id}`, limitMs: WEBHOOK_LIMIT_MS }, (systems) =>
        applyEvent(world, systems, { event, log }),
      ),
    deleteAccount: ({ sub, username }) =>
      runWithin({ name: `deletion of ${sub}`, limitMs: DELETION_LIMIT_MS }, (systems) => {
        return createDeleteAccount({ ...systems, log })({ poolId: POOL_ID, sub, username });
      }),
    reconcile: () =>
      run({ name: 'reconcile', limitMs: Number.POSITIVE_INFINITY }, (systems) =>
        reconcileIn(world, systems, log),
      ),
    answer: (row, nowSeconds, policy) =>
      mutation(systemsOf(world, atRest), world).answer(row, nowSeconds, policy),
  };
}

async function applyEvent(
  world: World,
  systems: Systems,
  { event, log }: { readonly event: CustomerEvent | ChargeEvent; readonly log: Log },
): Promise<void> {
  const { tally } = world.context;
  const sync = syncIn(world, systems, log);
  const applied = await createApplyEvent({ ...systems, sync })(event);
  world.trace(`      ${event.id} is applied: ${JSON.stringify(applied)}`);
  if (applied.kind === 'no_customer') return;
  const { sync: outcome, orphanedCheckout } = applied;
  tally.add(`sync ${outcome.kind}`);
  if (orphanedCheckout !== null) {
    const { kind } = await gateIn(systems, log).end(orphanedCheckout);
    tally.add(`orphaned checkout ${kind}`);
  }
  if (outcome.kind === 'written' && outcome.attempts > 1) tally.add('write refused');
  const skippedSub = outcome.kind === 'no_such_user' ? outcome.sub : undefined;
  for (const user of world.users) user.eventSkipped ||= user.sub === skippedSub;
}

async function reconcileIn(world: World, systems: Systems, log: Log): Promise<void> {
  const { profiles, entitlements, directory, billing, clock } = systems;
  const deleteAccount = createDeleteAccount({ ...systems, log });
  const listings = listingsOf(world);
  await createReconcile({
    poolId: POOL_ID,
    listings,
    installation: listings,
    checkpoint: { load: async () => undefined, save: async () => undefined },
    sync: syncIn(world, systems, log),
    // The listings below have no events.
    applyEvent: async () => ({ kind: 'no_customer' }),
    deleteAccount,
    adoption,
    ledger,
    gate: gateIn(systems, log),
    provision: createProvision({ ...systems, poolId: POOL_ID, users: directory, log }),
    profiles,
    entitlements,
    billing,
    users: directory,
    recordTrial: async () => undefined,
    clock,
    log,
  })();
}

function gateIn(systems: Systems, log: Log): ReturnType<typeof createGate> {
  return createGate({
    ...systems,
    poolId: POOL_ID,
    users: systems.directory,
    adoption,
    ledger,
    deleteAccount: createDeleteAccount({ ...systems, log }),
    timeOf: () => null,
    log,
  });
}

const adoption = { isComplete: async () => true, complete: async () => undefined };
/** The users of a history are fewer than the deletion limit. */
const ledger = { recentUsers: async () => [], reserve: async () => 'reserved' as const };
function systemsOf(world: World, { network, clock }: Invocation): Systems {
  return {
    billing: billingOf(world.stripe, network),
    entitlements: entitlementStoreOf(world.dynamodb, network),
    profiles: profileStoreOf(world.dynamodb, network),
    directory: userDirectoryOf(world.cognito, network),
    sessions: sessionsOf(world.stripe, network),
    trials: trialStoreOf(world.dynamodb, network),
    portal: portalOf(world.stripe, network),
    sync: createSync,
    answer: answerOf,
    clock,
  };
}

function syncIn(world: World, systems: Systems, log: Log): ReturnType<typeof createSync> {
  const { ownerCaches, random } = world;
  const owners = ownerCaches[random.below(ownerCaches.length)] ?? new Map<string, string>();
  return systems.sync({ ...systems, owners, random: () => random.next(), log });
}

/** Notes when a sign-up logs an error: a call that it gave up may still take effect later. */
function recordingInterruption(log: Log, user: User, world: World): Log {
  return {
    ...log,
    error: (message, fields, cause) => {
      user.signUpInterruptedMs = world.context.timeline.nowMs;
      log.error(message, fields, cause);
    },
  };
}

/** Returns a log that counts its lines by metric. */
function countingLog(world: World): Log {
  const count = (fields?: { readonly metric?: unknown }) =>
    world.context.tally.add(`log ${String(fields?.metric)}`);
  return {
    info: (_, fields) => count(fields),
    warn: (_, fields) => count(fields),
    error: (_, fields) => count(fields),
  };
}
