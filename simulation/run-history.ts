/** Runs one history to its end and reports the invariants that it violated. */

import { accidents, addRecordsOfApp, addStrangers } from './actions/accidents.ts';
import { changePlanInABurst, limitRateOfOneCustomer, payInABurst } from './actions/bursts.ts';
import { changeOwnSubscription } from './actions/changes.ts';
import { failNextCreation } from './actions/creation.ts';
import { give, revokeAll } from './actions/grants.ts';
import { reverseSale } from './actions/one-time.ts';
import { changePayment, paymentChanges } from './actions/payments.ts';
import { buyOnce, checkOut, deleteWhilePaying, openPortal, syncOwn } from './actions/purchases.ts';
import { cancelSchedule, scheduleSubscription } from './actions/schedules.ts';
import { buyInStore, changeInStore, cutOffStores, promote, transfer } from './actions/stores.ts';
import {
  changeFeatures,
  changeSubscription,
  deleteCustomerByHand,
  reversePayment,
  subscribe,
} from './actions/subscriptions.ts';
import { deleteAccount, deleteRefusedAccount, runTrigger, signUp } from './actions/users.ts';
import { deliver } from './deliveries.ts';
import {
  checkEnding,
  checkLoginDeletion,
  checkStoreRemoval,
  checkStrangers,
  type EndingLog,
} from './ending-invariants.ts';
import { type Functions, functionsIn } from './functions.ts';
import { type Action, type ActionKind, type History, USER_COUNT } from './history.ts';
import { checkAfterDeliveries, checkAfterReconcile } from './invariants.ts';
import { openWorkers } from './queue-deliveries.ts';
import { checkEndedWithRefund, checkNeverMore } from './refund-invariants.ts';
import { checkRowCreation } from './sign-up-trial.ts';
import { deliverStoreEvent } from './store-deliveries.ts';
import { checkRowWrite } from './store-invariants.ts';
import type { Mutation } from './systems.ts';
import { createNeighbor, createWorld, type User, type World } from './world.ts';
import { redrive } from './worlds/queue.ts';

export interface Outcome {
  readonly violations: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly moments: number;
}

export interface RunOptions {
  readonly mutation?: Mutation;
  readonly trace?: (line: string) => void;
}

/** Far more than any history needs, so that an endless loop does not hang the run. */
const MAX_MOMENTS = 50_000;
const MINUTE_MS = 60_000;
const RECONCILE_RUNS = 3;
/** Longer than a sign-up counts as recent, with the clocks of two machines apart. */
const RECONCILE_GAP_MS = 90 * MINUTE_MS;

/** An installation, and its functions. */
interface Stage {
  readonly world: World;
  readonly functions: Functions;
}

export async function runHistory(history: History, options: RunOptions = {}): Promise<Outcome> {
  const { mutation = (systems) => systems, trace } = options;
  const stages: Stage[] = [];
  const endings: EndingLog = new Map();
  const world = createWorld(history, USER_COUNT, {
    onEvent: (event) => {
      for (const stage of stages) deliver(stage.world, stage.functions, event);
    },
    onStoreEvent: (event) => deliverStoreEvent(world, functions, event),
    onRowCreation: (row) => checkRowCreation(world, row),
    onRowWrite: (before, after) => checkRowWrite(world, before, after),
    onEnding: (ended) => {
      const worlds = stages.map((stage) => stage.world);
      checkEnding(worlds, endings, ended);
      checkEndedWithRefund(worlds, ended);
    },
    onLoginDeletion: (sub) => checkLoginDeletion(world, sub),
    onStoreRemoval: (sub) => checkStoreRemoval(world, sub),
    trace,
  });
  const functions = functionsIn(world, mutation);
  stages.push({ world, functions });
  if (history.sharesStripe) stages.push(neighborOf(world, mutation));
  for (const stage of stages) openWorkers(stage.world, stage.functions);
  schedule(world, functions);
  try {
    await world.context.timeline.drain(MAX_MOMENTS);
    trace?.('— all deliveries are done —');
    world.faultProfile.endsAtMs = 0;
    for (const stage of stages) checkAfterDeliveries(stage.world, stage.functions);
    for (const stage of stages) checkNeverMore(stage.world);
    world.stripe.undeletable.clear();
    world.stores.unreachableUntilMs = 0;
    world.installation.adopted = true;
    for (const stage of stages) redrive(stage.world.queue);
    await world.context.timeline.drain(MAX_MOMENTS);
    await reconcile(stages);
    for (const stage of stages) checkAfterReconcile(stage.world, stage.functions);
    for (const stage of stages) checkNeverMore(stage.world);
    checkStrangers(world);
  } catch (error) {
    world.violations.push(`0. ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    violations: world.violations,
    counts: world.context.tally.counts,
    moments: world.context.timeline.moments,
  };
}

function schedule(world: World, functions: Functions): void {
  const { timeline } = world.context;
  for (const user of world.users) {
    const { random, history } = world;
    if (random.chance(history.storedFailureRate)) failNextCreation(world, user, random.chance(0.5));
    timeline.after(random.below(1_000), () => {
      if (history.appWritesRecords && random.chance(0.7)) addRecordsOfApp(world, user);
      signUp(world, functions, user);
    });
  }
  let atMs = timeline.nowMs + 500;
  for (const action of world.history.actions) {
    atMs += action.gapMs;
    timeline.at(atMs, () => perform(world, functions, action));
  }
  // The faults outlast the actions, so that their consequences meet faults too. After that every retry can succeed.
  world.faultProfile.endsAtMs = atMs + 10 * MINUTE_MS;
}

function perform(world: World, functions: Functions, action: Action): void {
  const user = world.users[action.user];
  if (user === undefined || (action.kind in inStores && !world.hasStores)) return;
  const accident = accidents[action.kind];
  // None happens as quickly as Cognito's retries.
  if (accident !== undefined && mayRunTriggerAgain(world, user)) return undefined;
  if (accident !== undefined) return accident(world, { user, functions, action });
  const call = calls[action.kind];
  if (call !== undefined) return call(world, functions, { user, action });
  switch (action.kind) {
    case 'delete_account':
      return deleteAccount(world, functions, { user });
    case 'delete_during_sign_up':
      if (!mayRunTriggerAgain(world, user)) return undefined;
      runTrigger(world, functions, { user, triesLeft: 1 });
      return world.context.timeline.after(world.random.below(400), () =>
        deleteAccount(world, functions, { user }),
      );
    case 'delete_account_later': {
      // When every call of a sign-up has arrived, unless its process is thawed afterwards.
      const delayMs = 20_000 + world.random.below(MINUTE_MS);
      return world.context.timeline.after(delayMs, () => deleteAccount(world, functions, { user }));
    }
    case 'sign_up_again':
      if (mayRunTriggerAgain(world, user)) runTriggerAgain(world, functions, { user, action });
      return undefined;
    case 'creation_fails':
      return failNextCreation(world, user, action.variant % 2 === 0);
    case 'customer_deleted_by_hand':
      // No person at Stripe's dashboard is as quick as Cognito's retries.
      if (!mayRunTriggerAgain(world, user)) deleteCustomerByHand(world, user);
      return undefined;
    case 'subscribe':
    case 'start_trial':
    case 'duplicate_customer':
      // Only a user who can sign in can subscribe.
      if (world.cognito.users.has(user.username)) subscribe(world, user, action);
      return undefined;
    case 'change_plan_in_a_burst':
      return changePlanInABurst(world, user, action);
    case 'rate_limited_customer':
      if (world.cognito.users.has(user.username)) limitRateOfOneCustomer(world, user, action);
      return undefined;
    case 'open_portal':
      return openPortal(world, functions, user);
    case 'sync_own':
      return syncOwn(world, functions, user);
    case 'deletion_refused':
      if (world.cognito.users.has(user.username)) deleteRefusedAccount(world, functions, { user, action });
      return undefined;
    case 'refund':
    case 'dispute':
      return reversePayment(world, user, action);
    default:
      if (action.kind in paymentChanges) return changePayment(world, user, action);
      return (inStores[action.kind] ?? changeSubscription)(world, user, action);
  }
}

type Call = (
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly action: Action },
) => void;

/** What users and operators do in calls of their own. */
const calls: Partial<Readonly<Record<ActionKind, Call>>> = {
  checkout: checkOut,
  change_subscription: changeOwnSubscription,
  buy_once: buyOnce,
  refund_once: reverseSale,
  dispute_once: reverseSale,
  delete_while_paying: deleteWhilePaying,
  schedule_subscription: (world, _, { user, action }) => scheduleSubscription(world, user, action),
  cancel_schedule: (world, _, { user, action }) => cancelSchedule(world, user, action),
  events_of_a_payment: payInABurst,
  change_product: (world, _, { action }) => changeFeatures(world, action),
  grant_until: give,
  grant_forever: give,
  revoke_grants: revokeAll,
};

type InStore = (world: World, user: User, action: Action) => void;

/** What happens only if the product has an app in a store. */
const inStores: Partial<Readonly<Record<ActionKind, InStore>>> = {
  buy_in_store: buyInStore,
  store_renew: changeInStore,
  store_cancel: changeInStore,
  store_uncancel: changeInStore,
  store_payment_fails: changeInStore,
  store_recover: changeInStore,
  store_pause: changeInStore,
  store_resume: changeInStore,
  store_refund: changeInStore,
  store_expire: changeInStore,
  store_transfer: transfer,
  store_promotion: promote,
  stores_unreachable: (world, _, { variant }) => cutOffStores(world, variant),
};

/** Runs the trigger once more, at times twice at the same time: Cognito does not wait for the end of an earlier call. */
function runTriggerAgain(
  world: World,
  functions: Functions,
  { user, action }: { readonly user: User; readonly action: Action },
): void {
  runTrigger(world, functions, { user, triesLeft: 1 });
  if (action.variant % 2 === 0) runTrigger(world, functions, { user, triesLeft: 1 });
}

/** Cognito retries its call within seconds. The user is already confirmed and can act in the meantime. */
function mayRunTriggerAgain(world: World, user: User): boolean {
  return user.signedUpMs !== null && world.context.timeline.nowMs < user.signedUpMs + 20_000;
}

/** The other stage has a user who pays. Its operator also reconciles a user of this stage, by mistake. */
function neighborOf(shared: World, mutation: Mutation): Stage {
  const world = createNeighbor(shared, {
    onLoginDeletion: (sub) => checkLoginDeletion(world, sub),
    onRowCreation: (row) => checkRowCreation(world, row),
    onRowWrite: (before, after) => checkRowWrite(world, before, after),
  });
  const functions = functionsIn(world, mutation);
  const { timeline } = world.context;
  for (const user of world.users) {
    timeline.after(0, () => signUp(world, functions, user));
    timeline.after(8_000, () => subscribe(world, user, { kind: 'subscribe', user: 0, gapMs: 0, variant: 1 }));
  }
  timeline.after(MINUTE_MS, () => {
    world.context.tally.add('action reconcile of a neighbor’s user');
    void functions.reconcileUser(shared.users[0]?.sub ?? '');
  });
  return { world, functions };
}

/** Runs the reconcile as an operator does, with all checks, several times: a repair in one run can leave work for the next. */
async function reconcile(stages: readonly Stage[]): Promise<void> {
  for (let run = 0; run < RECONCILE_RUNS; run += 1) {
    for (const { world, functions } of stages) {
      if (world === stages[0]?.world) addStrangers(world, run);
      world.context.timeline.after(RECONCILE_GAP_MS, () => void functions.reconcile('all'));
      await world.context.timeline.drain(MAX_MOMENTS);
    }
  }
}
