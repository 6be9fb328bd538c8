/** The three systems, the users, and everything that a history changes. */
import type { Grounds } from './engine/invocation.ts';
import { type Chance, chanceOf } from './engine/random.ts';
import { createTally } from './engine/tally.ts';
import { createTimeline } from './engine/timeline.ts';
import { createWeather, type Storm } from './engine/weather.ts';
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
  passedOver: boolean;
  /** When a sign-up last broke off: what it had sent may still land, seconds later. */
  signUpBrokeOffMs: number | null;
  /** When a deletion was first answered with success. */
  deletedMs: number | null;
  /** An attempt failed: its mark may stand for the reconcile, also when another attempt had succeeded. */
  deletionBrokeOff: boolean;
  /** When the user first asked for it. */
  deletionAskedMs: number | null;
}

export interface World {
  readonly history: History;
  readonly grounds: Grounds;
  readonly chance: Chance;
  readonly storm: { endsAtMs: number } & Omit<Storm, 'endsAtMs'>;
  readonly stripe: StripeWorld;
  readonly dynamodb: DynamoDbWorld;
  readonly cognito: CognitoWorld;
  readonly users: readonly User[];
  /** What an instance of the webhook's function keeps in memory between invocations. */
  readonly instances: readonly Map<string, string>[];
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
  const chance = chanceOf(history.seed);
  const timeline = createTimeline(START_MS);
  const trace = (line: string): void =>
    options.trace(`${String(Math.round(timeline.nowMs - START_MS)).padStart(12)} ms  ${line}`);
  const storm = { ...history.storm, endsAtMs: Number.POSITIVE_INFINITY };
  return {
    history,
    grounds: { timeline, weather: createWeather(storm, chance), tally: createTally(), trace },
    chance,
    storm,
    stripe: {
      customers: new Map(),
      subscriptions: new Map(),
      reversals: new Map(),
      reversed: new Set(),
      keys: new Map(),
      events: [],
      timeline,
      chance,
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
        passedOver: false,
        signUpBrokeOffMs: null,
        deletedMs: null,
        deletionBrokeOff: false,
        deletionAskedMs: null,
      };
    }),
    instances: [new Map(), new Map(), new Map()],
    memory: new Map(),
    violations: [],
    trace,
  };
}
