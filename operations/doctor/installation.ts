/** A live or local installation, as the doctor sees it. Every method may throw where its system cannot be reached. */
import type { Environment } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';

export interface Installation {
  readonly label: string;
  readonly mends: Mends;
  /** Of each function that is there. */
  environments(): Promise<ReadonlyMap<FunctionName, Environment>>;
  /** The table; `undefined` where there is none of that name. */
  table(name: string): Promise<TableFacts | undefined>;
  /** `undefined`: there is no such pool. */
  trigger(poolId: string): Promise<TriggerFacts | undefined>;
  /** What the trigger's function gives back. Throws what it throws. */
  callTrigger(event: object): Promise<unknown>;
  apiUrl(): Promise<string>;
  /** The value that `NAME` or `NAME_SECRET_ARN` stands for; `undefined` where it is not there. */
  secret(environment: Environment, name: string): Promise<string | undefined>;
  /** Actions that a function's role allows, beside its log; null where nobody checks roles. */
  allowedActions(name: FunctionName): Promise<readonly string[] | null>;
}

export interface Mends {
  /** When something cannot be reached at all. */
  readonly reach: string;
  readonly deploy: string;
  readonly configure: string;
  readonly registerWebhook: string;
  readonly rollWebhook: string;
  readonly setApiKey: string;
}

export interface TableFacts {
  readonly status: string;
  /** `userId:HASH:S` */
  readonly key: string;
  /** Null where a table has no such thing, as on one's own machine. */
  readonly pointInTimeRecovery: boolean | null;
  readonly deletionProtection: boolean | null;
}

export interface TriggerFacts {
  /** The function that the pool calls after a confirmation; null for none. */
  readonly calls: string | null;
  readonly expected: string;
  /** Whether the function lets the pool call it. */
  readonly permitted: boolean;
}
