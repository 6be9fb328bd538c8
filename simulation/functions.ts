/** The functions as the simulation runs them: the real use cases on the worlds. A mutant replaces a part of them. */
import { createDeleteAccount } from '../core/account/delete-account.ts';
import type { ProfileStore } from '../core/account/profile.ts';
import { createProvision } from '../core/account/provision.ts';
import { createSignUp } from '../core/account/sign-up.ts';
import { answerOf } from '../core/entitlement/answer.ts';
import type { EntitlementStore } from '../core/entitlement/row.ts';
import { createGate } from '../core/gate/gate.ts';
import { createReconcile } from '../core/reconcile/reconcile.ts';
import { createSync } from '../core/sync/sync.ts';
import { causeLabel, type SyncRequest } from '../core/sync/sync-request.ts';
import type { Log } from '../core/system/log.ts';
import { atRest, type Invocation, type InvocationResult, invoke } from './engine/invocation.ts';
import { POOL_ID, type User, type World } from './world.ts';
import { type Billing, billingOf } from './worlds/billing.ts';
import { type Directory, userDirectoryOf } from './worlds/cognito.ts';
import { entitlementStoreOf, profileStoreOf } from './worlds/dynamodb.ts';
import { listingsOf } from './worlds/listings.ts';

/** Everything that the use cases call in one invocation. */
export interface Systems {
  readonly billing: Billing;
  readonly entitlements: EntitlementStore;
  readonly profiles: ProfileStore;
  readonly directory: Directory;
  readonly sync: (services: Parameters<typeof createSync>[0]) => ReturnType<typeof createSync>;
  /** Renders a row as the answer that its user gets. */
  readonly answer: typeof answerOf;
  readonly clock: Invocation['clock'];
}

/** Replaces a part of the systems by a faulty one. A faulty part that has state keeps it in the world. */
export type Mutation = (systems: Systems, world: World) => Systems;

/** The handlers' own limits; Lambda ends the process a while later. */
const WEBHOOK_LIMIT_MS = 19_000;
const DELETION_LIMIT_MS = 25_000;
const LAMBDA_RESERVE_MS = 1_000;
const SIGN_UP_LIMIT_MS = 4_000;
const COGNITO_TIMEOUT_MS = 5_000;

export interface Functions {
  /** Resolves to the kind of the outcome, or `cut off`. */
  signUp(user: User): Promise<InvocationResult<string>>;
  webhook(request: SyncRequest): Promise<InvocationResult<void>>;
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
  return {
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
    webhook: (request) =>
      runWithin(
        { name: `webhook ${causeLabel(request.cause)}`, limitMs: WEBHOOK_LIMIT_MS },
        async (systems) => {
          const outcome = await syncIn(world, systems, log)(request);
          world.context.tally.add(`sync ${outcome.kind}`);
          const skippedSub = outcome.kind === 'no_such_user' ? outcome.sub : undefined;
          for (const user of world.users) user.eventSkipped ||= user.sub === skippedSub;
          if (outcome.kind === 'written' && outcome.attempts > 1) world.context.tally.add('write refused');
          world.trace(`      sync of ${causeLabel(request.cause)}: ${JSON.stringify(outcome)}`);
        },
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

async function reconcileIn(world: World, systems: Systems, log: Log): Promise<void> {
  const { profiles, entitlements, directory, clock } = systems;
  const billing = { ...systems.billing, customerOfCharge: async () => null };
  const deleteAccount = createDeleteAccount({ ...systems, log });
  await createReconcile({
    poolId: POOL_ID,
    listings: listingsOf(world),
    checkpoint: { load: async () => undefined, save: async () => undefined },
    sync: syncIn(world, systems, log),
    // The listings below have no events.
    applyEvent: async () => ({ kind: 'no_customer' }),
    deleteAccount,
    adoption,
    ledger,
    gate: createGate({
      ...systems,
      poolId: POOL_ID,
      users: directory,
      adoption,
      ledger,
      deleteAccount,
      timeOf: () => null,
      billing,
      log,
    }),
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

const adoption = { isComplete: async () => true, complete: async () => undefined };
/** Two users are fewer than the deletion limit. */
const ledger = { recentUsers: async () => [], reserve: async () => 'reserved' as const };
function systemsOf(world: World, { network, clock }: Invocation): Systems {
  return {
    billing: billingOf(world.stripe, network),
    entitlements: entitlementStoreOf(world.dynamodb, network),
    profiles: profileStoreOf(world.dynamodb, network),
    directory: userDirectoryOf(world.cognito, network),
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
