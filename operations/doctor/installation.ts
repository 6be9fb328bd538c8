/** The doctor's view of a live or local installation. Every method throws if its system cannot be reached. */
import type { Environment } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import type { RoleFacts } from './policies.ts';

/** The same for every installation: both commands read the environment of the one they work on. */
export const ADOPT =
  'npm run backfill, or npm run reconcile -- --adoption-complete if nothing existed before this installation';

export interface Installation {
  readonly label: string;
  /** The functions that it should have. */
  readonly functions: readonly FunctionName[];
  /** Whether real users pay here. */
  readonly isProduction: boolean;
  readonly fixes: Fixes;
  /** Throws a `UsageError` if nothing can be checked at all, so that not every check reports the same error. */
  reach(): Promise<void>;
  /** Returns the environment of each existing function. */
  environments(): Promise<ReadonlyMap<FunctionName, Environment>>;
  /** Returns the table, or `undefined` if it does not exist. */
  table(name: string): Promise<TableFacts | undefined>;
  /** Returns whether the entitlement table records that adoption is complete. */
  adoptionComplete(table: string): Promise<boolean>;
  /** Returns the pool's trigger, or `undefined` if the pool does not exist. */
  trigger(poolId: string): Promise<TriggerFacts | undefined>;
  /** Invokes the trigger's function and returns its result. Throws the function's error. */
  callTrigger(event: object): Promise<unknown>;
  apiUrl(): Promise<string>;
  /** Returns the secret behind `NAME` or `NAME_SECRET_ARN`: `undefined` if it does not exist, '' if it is empty. */
  secret(environment: Environment, name: string): Promise<string | undefined>;
  /** Returns a function's role: null where roles are not enforced, `undefined` if the role does not exist. */
  role(name: FunctionName): Promise<RoleFacts | null | undefined>;
}

/** The fixes for this installation: commands, or the one action to take. */
export interface Fixes {
  /** If something cannot be reached. */
  readonly reach: string;
  /** If the caller has no permission. */
  readonly allow: string;
  /** If nothing is deployed yet. */
  readonly deploy: string;
  /** If a resource differs from its deployment. */
  readonly repair: string;
  readonly configure: string;
  readonly registerWebhook: string;
  readonly finishRoll: string;
  /** If the functions may not have read a new secret yet. */
  readonly awaitSecret: string;
  readonly setApiKey: string;
  readonly createApiKey: string;
  /** If the key is valid but lacks permissions. */
  readonly widenApiKey: string;
  readonly createTrialKey: string;
  readonly stores: StoreFixes;
  readonly reconcile: string;
  /** If reconcile only reports, because adoption is not complete. */
  readonly adopt: string;
  log(name: FunctionName): string;
  recover(table: string): string;
  protect(table: string): string;
  setTrigger(poolId: string): string;
  permitTrigger(poolId: string): string;
  detach(role: string, policyArn: string): string;
  dropPolicy(role: string, policy: string): string;
}

/** The fixes of an installation whose apps sell in app stores. */
export interface StoreFixes {
  readonly createKey: string;
  readonly setKey: string;
  /** If the key is valid but lacks permissions. */
  readonly widenKey: string;
  readonly registerWebhook: string;
  readonly rollHeader: string;
  readonly finishRoll: string;
}

export interface TableFacts {
  readonly status: string;
  /** `userId:HASH:S` */
  readonly key: string;
  /** Null for local tables, which do not support it. */
  readonly pointInTimeRecovery: boolean | null;
  readonly deletionProtection: boolean | null;
}

export interface TriggerFacts {
  /** The function that the pool calls after a confirmation, or null. */
  readonly calls: string | null;
  readonly expected: string;
  /** Whether the function's policy allows this pool to invoke it. */
  readonly permitted: boolean;
}
