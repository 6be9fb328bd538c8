/** The functions as the simulation runs them: the real use cases on the worlds. A mutant replaces a part of them. */
import type { AccountPart, DeletionResult } from '../core/account/delete-account.ts';
import { createRequestDeletion } from '../core/account/request-deletion.ts';
import { createSignUp } from '../core/account/sign-up.ts';
import { createChange } from '../core/change/change.ts';
import { answerOf } from '../core/entitlement/answer.ts';
import { noPlanOrder } from '../core/entitlement/plan-order.ts';
import type { Refusal } from '../core/gate/decide.ts';
import { createGrant, createRevoke } from '../core/grants/grants.ts';
import type { Limited } from '../core/limits/request-limits.ts';
import { carryOutBatch } from '../core/queue/carry-out-batch.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { createApplyStoreEvent } from '../core/stores/apply-store-event.ts';
import type { StoreEvent } from '../core/stores/store-event.ts';
import { createSyncStores } from '../core/stores/sync-stores.ts';
import { createApplyEvent } from '../core/sync/apply-event.ts';
import type { ChargeEvent, CustomerEvent } from '../core/sync/stripe-event.ts';
import { createSync } from '../core/sync/sync.ts';
import type { Log } from '../core/system/log.ts';
import { countingLog } from './counting-log.ts';
import { checkBeforeAdoption } from './ending-invariants.ts';
import { atRest, type Invocation, type InvocationResult, invoke } from './engine/invocation.ts';
import { type GrantFunctions, grantFunctions } from './grant-functions.ts';
import {
  recordInterruption,
  recordingCreations,
  recordingFailedRepairs,
  recordingInterruption,
} from './interruptions.ts';
import { type PurchaseFunctions, purchaseFunctions, type Run, type Syncs } from './purchase-functions.ts';
import { type QueueFunctions, queueFunctions } from './queue-functions.ts';
import { gateIn, type ReconcileChecks, type ReconcileScope, reconcileIn } from './reconcile-function.ts';
import { refundPolicyNow } from './refund-invariants.ts';
import { signUpTrialIn } from './sign-up-trial.ts';
import { unindexedOwner } from './stripe-state.ts';
import type { Mutation, Systems } from './systems.ts';
import type { User, World } from './world.ts';
import { billingOf } from './worlds/billing.ts';
import { changesOf } from './worlds/changes.ts';
import { portalOf, sessionsOf } from './worlds/checkout.ts';
import { userDirectoryOf } from './worlds/cognito.ts';
import {
  customerIndexOf,
  entitlementStoreOf,
  profileStoreOf,
  removalStoreOf,
  trialStoreOf,
} from './worlds/dynamodb.ts';
import { adoptionOf, ledgerOf } from './worlds/installation.ts';
import { listingsOf } from './worlds/listings.ts';
import { eventQueueOf } from './worlds/queue.ts';
import { deletionChecksOf, requestCounterOf } from './worlds/requests.ts';
import { saleRecordOf } from './worlds/sale-record.ts';
import { storesOf } from './worlds/stores.ts';

/** The handlers' own limits; Lambda ends the process a while later. */
const WEBHOOK_LIMIT_MS = 19_000;
const STORE_WEBHOOK_LIMIT_MS = 25_000;
const DELETION_LIMIT_MS = 25_000;
const LAMBDA_RESERVE_MS = 1_000;
const SIGN_UP_LIMIT_MS = 4_000;
const COGNITO_TIMEOUT_MS = 5_000;

export interface Functions extends PurchaseFunctions, GrantFunctions, QueueFunctions {
  /** Resolves to the kind of the outcome, or `cut off`. */
  signUp(user: User): Promise<InvocationResult<string>>;
  webhook(event: CustomerEvent | ChargeEvent): Promise<InvocationResult<void>>;
  storeWebhook(event: StoreEvent): Promise<InvocationResult<void>>;
  deleteAccount(user: User): Promise<InvocationResult<DeletionResult | Limited>>;
  /** Runs the checks of the schedule, or all of them as an operator does. */
  reconcile(checks: ReconcileChecks): Promise<InvocationResult<void>>;
  /** Reconciles a single user, as an operator does. */
  reconcileUser(sub: string): Promise<InvocationResult<void>>;
  readonly answer: typeof answerOf;
}

interface RunOptions {
  readonly name: string;
  readonly limitMs: number;
  readonly onCall?: (name: string) => void;
  /** The world with observers of this invocation. */
  readonly observed?: World;
}

export function functionsIn(world: World, mutation: Mutation): Functions {
  const listings = listingsOf({ ...world, stores: world.hasStores ? world.stores : null });
  const run = <T>(
    options: RunOptions,
    work: (systems: Systems) => Promise<T>,
  ): Promise<InvocationResult<T>> => {
    return invoke(world.context, { ...options, skewMs: clockErrorOf(world) }, (invocation) =>
      work(
        mutation(systemsOf(options.observed ?? world, watched(invocation, options.onCall), listings), world),
      ),
    );
  };
  const [log, { poolId }] = [countingLog(world), world.installation];
  const runWithin = <T>(
    options: { readonly name: string; readonly limitMs: number },
    work: (systems: Systems) => Promise<T>,
  ) =>
    run({ ...options, limitMs: options.limitMs + LAMBDA_RESERVE_MS }, (systems) =>
      systems.clock.within(options.limitMs, () => work(systems)),
    );
  const runWithSync: Run = (options, work) =>
    runWithin(options, (systems) => work(systems, syncsIn(world, systems, log)));
  const runReconcile = async (name: string, scope: ReconcileScope) => {
    const onCall = (call: string) => checkBeforeAdoption(world, call);
    const repairs = recordingFailedRepairs(log, world);
    const created = new Set<string>();
    const result = await run({ name, limitMs: Number.POSITIVE_INFINITY, onCall }, (all) => {
      const systems = recordingCreations(all, created);
      return reconcileIn(world, { systems, ...syncsIn(world, systems, repairs), log: repairs }, scope);
    });
    if (result.kind !== 'returned') recordInterruption(world, (user) => created.has(user.sub));
    return result;
  };
  return {
    ...grantFunctions(world, run),
    ...queueFunctions(world, { run, log, applyEvent }),
    ...purchaseFunctions(runWithSync, { log, poolId, offersTrials: world.history.offersTrials }),
    signUp: (user) =>
      run({ name: `sign-up of ${user.sub}`, limitMs: COGNITO_TIMEOUT_MS }, (systems) =>
        signUpIn(world, systems, { user, log }),
      ),
    webhook: (event) =>
      runWithin({ name: `webhook ${event.id}`, limitMs: WEBHOOK_LIMIT_MS }, (systems) =>
        applyEvent(world, systems, { event, log }),
      ),
    storeWebhook: (event) =>
      runWithin({ name: `store webhook ${event.id}`, limitMs: STORE_WEBHOOK_LIMIT_MS }, (systems) =>
        applyStoreEvent(world, systems, event),
      ),
    deleteAccount: ({ sub, username }) =>
      runWithin({ name: `deletion of ${sub}`, limitMs: DELETION_LIMIT_MS }, (systems) =>
        deletionIn(world, systems, log)({ poolId, sub, username, confirmed: new Set<AccountPart>() }),
      ),
    reconcile: (checks) => runReconcile('reconcile', { checks }),
    reconcileUser: (sub) => runReconcile(`reconcile of ${sub}`, { checks: 'all', sub }),
    answer: (row, nowSeconds, policy) =>
      mutation(systemsOf(world, atRest, listings), world).answer(row, nowSeconds, policy),
  };
}

function deletionIn(world: World, systems: Systems, log: Log): ReturnType<typeof createRequestDeletion> {
  const refundPolicy = refundPolicyNow(world);
  return createRequestDeletion({ ...systems, refundPolicy, users: systems.directory, log });
}

async function signUpIn(
  world: World,
  systems: Systems,
  { user, log }: { readonly user: User; readonly log: Log },
): Promise<string> {
  const { poolId } = world.installation;
  const contact = {
    email: world.cognito.emails.get(user.sub) ?? null,
    emailVerified: true,
    givenName: null,
    familyName: null,
    name: null,
  };
  const { check, ...watched } = signUpTrialIn(world, systems, user);
  const signUp = createSignUp({ ...systems, ...watched, log: recordingInterruption(log, user, world) });
  const work = () => signUp({ poolId, sub: user.sub, ...contact });
  // The trigger's handler returns the event in every case.
  const outcome = await systems.clock.within(SIGN_UP_LIMIT_MS, work).catch(() => undefined);
  const kind = outcome?.kind ?? 'cut off';
  if (outcome !== undefined) check();
  world.context.tally.add(`sign-up ${kind}`);
  return kind;
}

/** Returns the error of the clock of the machine that runs an invocation. */
function clockErrorOf({ history: { skewMs }, random }: World): number {
  return skewMs === 0 ? 0 : random.below(2 * skewMs) - skewMs;
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
    const result = await gateIn(world, systems, log).end(orphanedCheckout);
    tally.add(`orphaned checkout ${result.kind}`);
    // As in the webhook's handler: Stripe delivers again what a later delivery can change.
    if (result.kind === 'refused' && !finalRefusals.has(result.reason)) throw new Error(result.reason);
  }
  if (outcome.kind === 'written' && outcome.attempts > 1) tally.add('write refused');
  const skippedSub = outcome.kind === 'no_such_user' ? outcome.sub : unindexedOwner(world, applied);
  for (const user of world.users) user.eventSkipped ||= user.sub === skippedSub;
}

async function applyStoreEvent(world: World, systems: Systems, event: StoreEvent): Promise<void> {
  const { stores } = systems;
  const syncStores = syncStoresIn(world, systems);
  if (stores === null || syncStores === null) return;
  const { users } = await createApplyStoreEvent({ stores, syncStores })(event);
  world.trace(`      ${event.id} is applied: ${JSON.stringify(users)}`);
  if (users.length === 0) world.context.tally.add('store sync of no one');
  for (const { sub, outcome } of users) {
    world.context.tally.add(`store sync ${outcome}`);
    for (const user of world.users) user.eventSkipped ||= outcome === 'no_such_user' && user.sub === sub;
  }
}

/** Reports the calls of an invocation. */
function watched({ network, clock }: Invocation, onCall: (name: string) => void = () => {}): Invocation {
  return {
    clock,
    network: {
      call: (system, name, effect) => {
        onCall(name);
        return network.call(system, name, effect);
      },
      timed: (system, name, effect) => {
        onCall(name);
        return network.timed(system, name, effect);
      },
    },
  };
}

/** The refusals that another delivery cannot change. */
const finalRefusals: ReadonlySet<Refusal> = new Set(['other_pool', 'not_proven_ours', 'owner_contradiction']);

function systemsOf(world: World, { network, clock }: Invocation, listings: Listings): Systems {
  return {
    billing: billingOf(world.stripe, network),
    entitlements: entitlementStoreOf(world.dynamodb, network),
    profiles: profileStoreOf(world.dynamodb, network),
    index: customerIndexOf(world.dynamodb, network),
    directory: userDirectoryOf(world.cognito, network),
    sessions: sessionsOf(world.stripe, network),
    trials: trialStoreOf(world.dynamodb, network),
    sales: saleRecordOf(world.dynamodb, network),
    portal: portalOf(world.stripe, network),
    subscriptions: changesOf(world.stripe, network),
    change: createChange,
    requests: requestCounterOf(world.dynamodb.requests, network),
    checks: deletionChecksOf(world.dynamodb.requests, network),
    stores: world.hasStores ? storesOf(world.stores, network) : null,
    listings,
    adoption: adoptionOf(world.installation, network),
    ledger: ledgerOf(world.installation, network),
    // Every subscription here has one item, so only the answers depend on the order.
    planOrder: noPlanOrder,
    removals: removalStoreOf(world.dynamodb, network),
    sync: createSync,
    syncStores: createSyncStores,
    queue: eventQueueOf(world.queue, network, () => world.context.timeline.nowMs),
    carryOutBatch,
    grant: createGrant,
    revoke: createRevoke,
    answer: answerOf,
    reported: (finding) => finding,
    clock,
  };
}

function syncIn(world: World, systems: Systems, log: Log): ReturnType<typeof createSync> {
  const { ownerCaches, random, installation } = world;
  const owners = ownerCaches[random.below(ownerCaches.length)] ?? new Map<string, string>();
  return systems.sync({ ...systems, poolId: installation.poolId, owners, random: () => random.next(), log });
}

function syncStoresIn({ random }: World, systems: Systems): Syncs['syncStores'] {
  const { stores } = systems;
  return stores === null ? null : systems.syncStores({ ...systems, stores, random: () => random.next() });
}

function syncsIn(world: World, systems: Systems, log: Log): Syncs {
  return { sync: syncIn(world, systems, log), syncStores: syncStoresIn(world, systems) };
}
