/** The world of one history: the three systems, the users, and the violations that were found. */

import { createFaultInjector, type FaultProfile } from './engine/fault-injector.ts';
import type { RunContext } from './engine/invocation.ts';
import { type Random, randomFrom } from './engine/random.ts';
import { createTally } from './engine/tally.ts';
import { createTimeline } from './engine/timeline.ts';
import type { History } from './history.ts';
import { type CognitoWorld, createCognitoWorld } from './worlds/cognito.ts';
import { createDynamoDbWorld, type DynamoDbWorld } from './worlds/dynamodb.ts';
import { createStripeWorld, type StripeEvent, type StripeWorld } from './worlds/stripe.ts';

export const POOL_ID = 'us-east-1_Simulated';
export const START_MS = 1_767_225_600_000;

export interface User {
  readonly sub: string;
  /** Differs from the sub for every second user, who signs in with another provider. */
  readonly username: string;
  /** The first two users are one person with two accounts. */
  readonly person: string;
  signedUpMs: number | null;
  /** Whether an event came before the user had a row or a profile. By design the reconcile applies it. */
  eventSkipped: boolean;
  /** Whether a sync that the user requested was interrupted. No one retries it, so its row may stay provisional. */
  ownSyncInterrupted: boolean;
  /** When a checkout was last interrupted. */
  checkoutInterruptedMs: number | null;
  /** When a sign-up was last interrupted. Calls that it had sent may still take effect seconds later. */
  signUpInterruptedMs: number | null;
  /** When a deletion first succeeded. */
  deletedMs: number | null;
  /** Whether an attempt failed. Its mark may remain for the reconcile, even if another attempt succeeded. */
  deletionInterrupted: boolean;
  /** The customers that the row listed when the last attempt began. */
  customersAtDeletion: readonly string[];
  /** Whether the last attempt failed because Stripe refused to delete a customer. */
  deletionRefused: boolean;
  /** When the user first requested the deletion. */
  deletionRequestedMs: number | null;
}

export interface World {
  readonly history: History;
  readonly context: RunContext;
  readonly random: Random;
  readonly faultProfile: { endsAtMs: number } & Omit<FaultProfile, 'endsAtMs'>;
  readonly stripe: StripeWorld;
  readonly dynamodb: DynamoDbWorld;
  readonly cognito: CognitoWorld;
  readonly users: readonly User[];
  /** The owners that each instance of the webhook function caches between invocations. */
  readonly ownerCaches: readonly Map<string, string>[];
  /** State for mutants. */
  readonly memory: Map<string, number>;
  /** Violated invariants, in the form `1. user-0: what is wrong`. */
  readonly violations: string[];
  /** Receives a line for everything that happens. */
  trace(line: string): void;
}

export function createWorld(
  history: History,
  users: number,
  options: { readonly onEvent: (event: StripeEvent) => void; readonly trace: (line: string) => void },
): World {
  const random = randomFrom(history.seed);
  const timeline = createTimeline(START_MS);
  const trace = (line: string): void =>
    options.trace(`${String(Math.round(timeline.nowMs - START_MS)).padStart(12)} ms  ${line}`);
  const faultProfile = { ...history.faultRates, endsAtMs: Number.POSITIVE_INFINITY };
  return {
    history,
    context: { timeline, faults: createFaultInjector(faultProfile, random), tally: createTally(), trace },
    random,
    faultProfile,
    stripe: createStripeWorld({ timeline, random, onEvent: options.onEvent }),
    dynamodb: createDynamoDbWorld(() => timeline.nowMs),
    cognito: createCognitoWorld(),
    users: Array.from({ length: users }, (_, index): User => {
      const sub = `user-${index}`;
      return {
        sub,
        username: index % 2 === 0 ? sub : `Google_${index}`,
        person: `person-${Math.max(0, index - 1)}`,
        signedUpMs: null,
        eventSkipped: false,
        ownSyncInterrupted: false,
        checkoutInterruptedMs: null,
        signUpInterruptedMs: null,
        deletedMs: null,
        deletionInterrupted: false,
        customersAtDeletion: [],
        deletionRefused: false,
        deletionRequestedMs: null,
      };
    }),
    ownerCaches: [new Map(), new Map(), new Map()],
    memory: new Map(),
    violations: [],
    trace,
  };
}

/** Records that an invariant does not hold for the user. `what` starts with the invariant's number: `3. the row exists`. */
export function reportViolation(world: World, user: Pick<User, 'sub'>, what: string): void {
  const [number, ...words] = what.split(' ');
  world.violations.push(`${number} ${user.sub}: ${words.join(' ')}`);
}
