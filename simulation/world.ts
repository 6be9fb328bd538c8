/** The three systems, the users, and everything that a history changes. */

import { createFaultInjector, type FaultProfile } from './engine/fault-injector.ts';
import type { RunContext } from './engine/invocation.ts';
import { type Random, randomFrom } from './engine/random.ts';
import { createTally } from './engine/tally.ts';
import { createTimeline } from './engine/timeline.ts';
import type { History } from './history.ts';
import { type CognitoWorld, createCognitoWorld } from './worlds/cognito.ts';
import { createDynamoDbWorld, type DynamoDbWorld } from './worlds/dynamodb.ts';
import type { StripeEvent, StripeWorld } from './worlds/stripe.ts';

export const POOL_ID = 'us-east-1_Simulated';
export const START_MS = 1_767_225_600_000;

export interface User {
  readonly sub: string;
  /** Every second user comes from another provider. */
  readonly username: string;
  signedUpMs: number | null;
  /** An event came while there was neither row nor profile yet: by design it is for the reconcile. */
  eventSkipped: boolean;
  /** When a sign-up last broke off: what it had sent may still land, seconds later. */
  signUpInterruptedMs: number | null;
  /** When a deletion was first answered with success. */
  deletedMs: number | null;
  /** An attempt failed: its mark may stand for the reconcile, also when another attempt had succeeded. */
  deletionInterrupted: boolean;
  /** When the user first asked for it. */
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
  /** What an instance of the webhook's function keeps in memory between invocations. */
  readonly ownerCaches: readonly Map<string, string>[];
  /** For a mutant that remembers. */
  readonly memory: Map<string, number>;
  /** Broken promises found while the history ran. */
  readonly violations: string[];
  /** Told of everything, if somebody wants to read it. */
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
    stripe: {
      customers: new Map(),
      subscriptions: new Map(),
      reversals: new Map(),
      reversed: new Set(),
      keys: new Map(),
      events: [],
      timeline,
      random,
      onEvent: options.onEvent,
    },
    dynamodb: createDynamoDbWorld(),
    cognito: createCognitoWorld(),
    users: Array.from({ length: users }, (_, index): User => {
      const sub = `user-${index}`;
      return {
        sub,
        username: index % 2 === 0 ? sub : `Google_${index}`,
        signedUpMs: null,
        eventSkipped: false,
        signUpInterruptedMs: null,
        deletedMs: null,
        deletionInterrupted: false,
        deletionRequestedMs: null,
      };
    }),
    ownerCaches: [new Map(), new Map(), new Map()],
    memory: new Map(),
    violations: [],
    trace,
  };
}
