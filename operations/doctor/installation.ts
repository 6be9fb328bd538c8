/** A live or local installation, as the doctor sees it. Every method may throw where its system cannot be reached. */
import type { Environment } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import type { RoleFacts } from './policies.ts';

export interface Installation {
  readonly label: string;
  readonly fixes: Fixes;
  /** Throws a `UsageError` where nothing at all can be asked: one line instead of one for each check. */
  reach(): Promise<void>;
  /** Of each function that is there. */
  environments(): Promise<ReadonlyMap<FunctionName, Environment>>;
  /** The table; `undefined` where there is none of that name. */
  table(name: string): Promise<TableFacts | undefined>;
  /** `undefined`: there is no such pool. */
  trigger(poolId: string): Promise<TriggerFacts | undefined>;
  /** What the trigger's function gives back. Throws what it throws. */
  callTrigger(event: object): Promise<unknown>;
  apiUrl(): Promise<string>;
  /** The value that `NAME` or `NAME_SECRET_ARN` stands for; `undefined` where there is no such secret, '' for an empty one. */
  secret(environment: Environment, name: string): Promise<string | undefined>;
  /** What a function's role allows; null where nobody checks roles, `undefined` where the role is not there. */
  role(name: FunctionName): Promise<RoleFacts | null | undefined>;
}

/** Commands, or the one thing to do, each as it holds for this installation. */
export interface Fixes {
  /** When something cannot be reached. */
  readonly reach: string;
  /** When it can, and whoever looks may not. */
  readonly allow: string;
  /** When nothing is there yet. */
  readonly deploy: string;
  /** When it is there, and no longer as it was deployed. */
  readonly repair: string;
  readonly configure: string;
  readonly registerWebhook: string;
  readonly finishRoll: string;
  /** When a secret that was just stored is not known everywhere yet. */
  readonly awaitSecret: string;
  readonly setApiKey: string;
  readonly createApiKey: string;
  /** When the key is right, and may not do enough. */
  readonly widenApiKey: string;
  readonly createTrialKey: string;
  readonly reconcile: string;
  log(name: FunctionName): string;
  recover(table: string): string;
  protect(table: string): string;
  setTrigger(poolId: string): string;
  permitTrigger(poolId: string): string;
  detach(role: string, policyArn: string): string;
  dropPolicy(role: string, policy: string): string;
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
  /** Whether the function lets this pool call it. */
  readonly permitted: boolean;
}
