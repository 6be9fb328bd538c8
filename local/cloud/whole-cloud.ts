/** What concerns a running cloud as a whole: to empty it, and to replace what it holds. */
import type { LocalCognito } from '../cognito/open.ts';
import type { WholeCloudWork } from '../control/data/routes.ts';
import type { Tables } from '../dynamodb/tables.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import type { Watch } from '../recording/watch.ts';
import type { LocalRevenueCat } from '../revenuecat/start.ts';
import type { LocalQueue } from '../sqs/open.ts';
import type { LocalStripe } from '../stripe/start.ts';
import { announceReset } from './console.ts';

export interface WholeParts {
  readonly lambda: LambdaRuntime;
  readonly stripe: LocalStripe;
  readonly revenuecat: LocalRevenueCat;
  readonly queue: LocalQueue | null;
  readonly cognito: LocalCognito;
  readonly tables: Tables;
  readonly watch: Watch;
}

/** `provision` creates what every cloud has. */
export function wholeCloudOf(parts: WholeParts, provision: () => Promise<void>): WholeCloudWork {
  const { lambda, watch } = parts;
  const replaced = async () => {
    await provision();
    announceReset(watch);
  };
  return {
    replaced,
    async reset() {
      await emptyCloud(parts);
      await replaced();
    },
    async quietly(work) {
      await lambda.recycle();
      try {
        return await work();
      } finally {
        lambda.warm();
      }
    },
  };
}

/** Users, rows, customers, purchases, the clock, faults and the timeline. */
async function emptyCloud(parts: WholeParts): Promise<void> {
  const { lambda, stripe, revenuecat, queue, cognito, tables, watch } = parts;
  // Stop everything that could still write before the stores are emptied: running functions, then pending webhooks.
  await lambda.recycle();
  watch.faults.clear();
  stripe.trouble.clearFaults();
  stripe.reset();
  revenuecat.reset();
  queue?.clear();
  await Promise.all([tables.empty(), cognito.deleteAllUsers()]);
  watch.recorder.clear();
  lambda.warm();
}
