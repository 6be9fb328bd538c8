/** The world of one history: the four systems, the users, and the violations that were found. */

import { createFaultInjector, type FaultProfile } from './engine/fault-injector.ts';
import type { RunContext } from './engine/invocation.ts';
import { type Random, randomFrom } from './engine/random.ts';
import { createTally } from './engine/tally.ts';
import { createTimeline } from './engine/timeline.ts';
import type { History } from './history.ts';
import { type CognitoWorld, createCognitoWorld } from './worlds/cognito.ts';
import { createDynamoDbWorld, type DynamoDbWorld } from './worlds/dynamodb.ts';
import type { StripeEvent } from './worlds/events.ts';
import { createQueueWorld, type QueueWorld } from './worlds/queue.ts';
import { createStoresWorld, type SentStoreEvent, type StoresWorld } from './worlds/stores.ts';
import { createStripeWorld, type Ended, type StripeWorld } from './worlds/stripe.ts';

export const POOL_ID = 'us-east-1_Simulated';
/** The pool of another stage, with its own tables, that shares the Stripe account. */
export const NEIGHBOR_POOL_ID = 'us-east-1_Neighbor';
export const START_MS = 1_767_225_600_000;

export interface User {
  readonly sub: string;
  /** Differs from the sub for every second user, who signs in with another provider. */
  readonly username: string;
  /** The first two users are one person with two accounts. */
  readonly person: string;
  signedUpMs: number | null;
  /** Whether an event came before the user had a row or a profile, or was lost. The reconcile applies it. */
  eventSkipped: boolean;
  /**
   * Whether a write that no one retries was interrupted, so that its row may stay provisional: of a sync that the user
   * requested, of a reconcile, or of a grant.
   */
  syncInterrupted: boolean;
  /** Whether Stripe refused to say what an event about the payments of the user is about. Only the reconcile asks again. */
  noticesRefused: boolean;
  /** Whether a checkout gave up a sync at its time limit. What it had sent may take effect after a deletion. */
  checkoutSyncGivenUp: boolean;
  /** When a sign-up, a checkout or a grant was last interrupted. Calls that it had sent may still take effect seconds later. */
  signUpInterruptedMs: number | null;
  /** When a deletion first succeeded. */
  deletedMs: number | null;
  /** Whether an attempt failed. Its mark may remain for the reconcile, even if another attempt succeeded. */
  deletionInterrupted: boolean;
  /** The customers that the row listed when the last attempt began. */
  customersAtDeletion: readonly string[];
  /** Whether the last attempt failed because Stripe refused to delete a customer. */
  deletionRefused: boolean;
  /** How often the user has requested the deletion. */
  deletionRequests: number;
  /** When the user first requested the deletion. */
  deletionRequestedMs: number | null;
  /** When the user was deleted in Cognito itself, without a request to this service. */
  missingSinceMs: number | null;
  /** When the profile and the row of the user were lost. Reconcile creates them again. */
  recordsLostMs: number | null;
  /** Whether the profile names another user's customer: other code wrote it, or a person re-assigned it. A person must correct it. */
  profileContradicted: boolean;
}

/** One installation of this service: its pool, and what it remembers about itself. */
export interface Installation {
  readonly poolId: string;
  adopted: boolean;
  /** When objects of a user were last ended without a request, in Unix seconds. */
  readonly endings: Map<string, number>;
}

export interface World {
  readonly history: History;
  readonly installation: Installation;
  readonly context: RunContext;
  readonly random: Random;
  readonly faultProfile: { endsAtMs: number } & Omit<FaultProfile, 'endsAtMs'>;
  readonly stripe: StripeWorld;
  readonly stores: StoresWorld;
  /** Whether this installation reads them: the product has an app in a store. */
  readonly hasStores: boolean;
  readonly dynamodb: DynamoDbWorld;
  readonly cognito: CognitoWorld;
  readonly users: readonly User[];
  /** The owners that each instance of the webhook function caches between invocations. */
  readonly ownerCaches: readonly Map<string, string>[];
  /** The events that could not be delivered to this installation, which Stripe lists. */
  readonly undelivered: StripeEvent[];
  /** The queue between the webhook and its worker, and the events that were sent to it, by id. */
  readonly queue: QueueWorld;
  readonly sent: Map<string, StripeEvent>;
  /** When a reconcile last synced the purchases of a user, and after how many events about them, by sub. */
  readonly storeSyncs: Map<string, { readonly atMs: number; readonly events: number }>;
  /** State for mutants. */
  readonly memory: Map<string, number>;
  /** Violated invariants, in the form `1. user-0: what is wrong`. */
  readonly violations: string[];
  /** Receives a line for everything that happens. */
  trace(line: string): void;
}

export interface WorldOptions {
  readonly onEvent: (event: StripeEvent) => void;
  readonly onStoreEvent: (event: SentStoreEvent) => void;
  /** Called before a row is created. */
  readonly onRowCreation: DynamoDbWorld['onCreate'];
  /** Called before a row is replaced. */
  readonly onRowWrite: DynamoDbWorld['onWrite'];
  /** Called before this service ends something of a customer. */
  readonly onEnding: (ended: Ended) => void;
  /** Called before this service deletes a user of the pool. */
  readonly onLoginDeletion: (sub: string) => void;
  /** Called before this service makes RevenueCat forget a user. */
  readonly onStoreRemoval: (sub: string) => void;
  /** Undefined if no one reads the trace. */
  readonly trace: ((line: string) => void) | undefined;
}

export function createWorld(history: History, users: number, options: WorldOptions): World {
  const random = randomFrom(history.seed);
  const timeline = createTimeline(START_MS);
  const trace = (line: string): void =>
    options.trace?.(`${String(Math.round(timeline.nowMs - START_MS)).padStart(12)} ms  ${line}`);
  const isTraced = options.trace !== undefined;
  const faultProfile = { ...history.faultRates, endsAtMs: Number.POSITIVE_INFINITY };
  return {
    history,
    context: {
      timeline,
      faults: createFaultInjector(faultProfile, random),
      tally: createTally(),
      trace,
      isTraced,
    },
    random,
    faultProfile,
    stripe: createStripeWorld({ timeline, random, onEvent: options.onEvent, onEnding: options.onEnding }),
    hasStores: history.hasStores,
    stores: createStoresWorld({
      timeline,
      random,
      aheadMs: history.storeClockAheadMs,
      onEvent: options.onStoreEvent,
      onForget: options.onStoreRemoval,
    }),
    ...installed({
      poolId: POOL_ID,
      adopted: history.isAdopted,
      timeline,
      ...options,
    }),
    users: Array.from({ length: users }, (_, index) => newUser(`user-${index}`, index)),
    violations: [],
    trace,
  };
}

/** Returns another stage with one user, which shares the Stripe account with this one. */
export function createNeighbor(
  world: World,
  options: Pick<WorldOptions, 'onLoginDeletion' | 'onRowCreation' | 'onRowWrite'>,
): World {
  const { timeline } = world.context;
  return {
    ...world,
    hasStores: false,
    ...installed({ poolId: NEIGHBOR_POOL_ID, adopted: true, timeline, ...options }),
    users: [newUser('neighbor', 0)],
  };
}

function installed({
  poolId,
  adopted,
  timeline,
  onLoginDeletion,
  onRowCreation: onCreate,
  onRowWrite: onWrite,
}: Omit<Installation, 'endings'> &
  Pick<WorldOptions, 'onLoginDeletion' | 'onRowCreation' | 'onRowWrite'> & {
    readonly timeline: RunContext['timeline'];
  }) {
  const nowMs = () => timeline.nowMs;
  return {
    installation: { poolId, adopted, endings: new Map<string, number>() },
    dynamodb: createDynamoDbWorld(nowMs, { onCreate, onWrite }),
    cognito: createCognitoWorld({ nowMs, onDeletion: onLoginDeletion }),
    ownerCaches: [new Map(), new Map(), new Map()],
    undelivered: [],
    queue: createQueueWorld(),
    sent: new Map<string, StripeEvent>(),
    storeSyncs: new Map(),
    memory: new Map<string, number>(),
  };
}

function newUser(sub: string, index: number): User {
  return {
    sub,
    username: index % 2 === 0 ? sub : `Google_${index}`,
    person: `person-${Math.max(0, index - 1)}`,
    signedUpMs: null,
    eventSkipped: false,
    syncInterrupted: false,
    noticesRefused: false,
    checkoutSyncGivenUp: false,
    signUpInterruptedMs: null,
    deletedMs: null,
    deletionInterrupted: false,
    customersAtDeletion: [],
    deletionRefused: false,
    deletionRequests: 0,
    deletionRequestedMs: null,
    missingSinceMs: null,
    recordsLostMs: null,
    profileContradicted: false,
  };
}

/** Records that an invariant does not hold for the user. `what` starts with the invariant's number: `3. the row exists`. */
export function reportViolation(world: World, user: Pick<User, 'sub'>, what: string): void {
  const [number, ...words] = what.split(' ');
  world.violations.push(`${number} ${user.sub}: ${words.join(' ')}`);
}
