/** The whole way of one user through the product: sign up, subscribe, lose a webhook, fail to pay, recover, leave. */
import type { Environment } from '../environment.ts';
import { leave, signUp, takeIn } from './account.ts';
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
    await takeIn(systems, report);
    await leave(systems, report, traveller);
  } finally {
    systems.close();
  }
}
