/** The whole way through the product: sign up, subscribe, lose a webhook, fail to pay, recover, be taken in, leave. */
import type { Environment } from '../cloud/environment.ts';
import { leave, signUp } from './account.ts';
import { takeIn } from './backfill.ts';
import type { Report } from './report.ts';
import { failAndRecover, healLostWebhook, subscribe } from './subscription.ts';
import { systemsAt } from './systems.ts';

export interface TourOptions {
  /** Of the running local cloud, as it stands in `.local/env`. */
  readonly environment: Environment;
  readonly confirmationCode: string;
  readonly report: Report;
}

/** Throws a `TourFailure` at the first thing that is not as it should be. */
export async function takeTour({ environment, confirmationCode, report }: TourOptions): Promise<void> {
  const systems = systemsAt(environment);
  try {
    const traveller = await signUp(systems, report, confirmationCode);
    const subscriptionId = await subscribe(systems, report, traveller);
    await healLostWebhook(systems, report, { traveller, subscriptionId });
    await failAndRecover(systems, report, { traveller, subscriptionId });
    const veteran = await takeIn(systems, report);
    await leave(systems, report, [traveller, veteran]);
  } finally {
    systems.close();
  }
}
