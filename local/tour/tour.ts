/**
 * A tour of the whole product: sign up, subscribe, lose a webhook, fail a payment, recover, change the plan, buy something once,
 * pay on the phone, import an existing user, and delete the accounts.
 */
import type { Environment } from '../cloud/environment.ts';
import { deleteAccounts, signUp } from './account.ts';
import { backfillUser } from './backfill.ts';
import { payOnPhone } from './phone.ts';
import type { Report } from './report.ts';
import { changePlans } from './selling.ts';
import { failAndRecover, repairLostWebhook, subscribe } from './subscription.ts';
import { systemsAt } from './systems.ts';

export interface TourOptions {
  /** The environment of the running local cloud, as in `.local/env`. */
  readonly environment: Environment;
  readonly confirmationCode: string;
  readonly report: Report;
}

/** Runs all steps. Throws a `TourFailure` at the first unexpected result. */
export async function takeTour({ environment, confirmationCode, report }: TourOptions): Promise<void> {
  const systems = systemsAt(environment);
  try {
    const newUser = await signUp(systems, report, confirmationCode);
    const subscriptionId = await subscribe(systems, report, newUser);
    await repairLostWebhook(systems, report, { user: newUser, subscriptionId });
    await failAndRecover(systems, report, { user: newUser, subscriptionId });
    await changePlans(systems, report, { user: newUser, subscriptionId });
    await payOnPhone(systems, report, confirmationCode);
    const existingUser = await backfillUser(systems, report);
    await deleteAccounts(systems, report, [newUser, existingUser]);
  } finally {
    systems.close();
  }
}
