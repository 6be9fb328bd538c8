/** Empties a running cloud: its users, rows, customers and purchases, its clock, its faults and its timeline. */
import type { LocalCognito } from '../cognito/open.ts';
import type { Tables } from '../dynamodb/tables.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import type { Watch } from '../recording/watch.ts';
import type { LocalRevenueCat } from '../revenuecat/start.ts';
import type { LocalStripe } from '../stripe/start.ts';

export interface ResetParts {
  readonly lambda: LambdaRuntime;
  readonly stripe: LocalStripe;
  readonly revenuecat: LocalRevenueCat;
  readonly cognito: LocalCognito;
  readonly tables: Tables;
  readonly watch: Watch;
}

/** Everything is empty when it resolves. The caller creates again what a new cloud has. */
export async function emptyCloud(parts: ResetParts): Promise<void> {
  const { lambda, stripe, revenuecat, cognito, tables, watch } = parts;
  // Stop everything that could still write before the stores are emptied: running functions, then pending webhooks.
  await lambda.recycle();
  watch.faults.clear();
  stripe.trouble.clearFaults();
  stripe.reset();
  revenuecat.reset();
  await Promise.all([tables.empty(), cognito.deleteAllUsers()]);
  watch.recorder.clear();
  lambda.warm();
}
