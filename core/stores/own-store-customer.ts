/** Deletes what RevenueCat stores about a user, and nothing that it stores about another. */
import type { EntitlementStore } from '../entitlement/row.ts';
import { endStoreCustomer } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { Log } from '../system/log.ts';
import { isUser } from './apply-store-event.ts';
import type { AliasReader, StoreCustomerRemover } from './purchase.ts';

export interface OwnStoreCustomerServices {
  readonly stores: AliasReader & StoreCustomerRemover;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly log: Log;
}

/**
 * In a project that shares purchases between the users of a device, they are one customer. It is deleted with the last of them:
 * the others go on paying, and would be locked out. Fails if RevenueCat does not say which users it has. Call it after the row
 * of the user is deleted, so that two deletions at the same time do not both leave it.
 */
export async function endOwnStoreCustomer(
  { stores, entitlements, log }: OwnStoreCustomerServices,
  { sub, evidence }: { readonly sub: string; readonly evidence: Evidence },
): Promise<'deleted' | 'missing' | 'kept'> {
  const others = (await stores.readAliases(sub)).filter((id) => id !== sub && isUser(id));
  const rows = await Promise.all(others.map((id) => entitlements.read(id)));
  if (rows.every((row) => row === undefined)) return endStoreCustomer(stores, { sub, evidence });
  log.warn('The customer at RevenueCat is also another user, who keeps it.', {
    metric: 'store_customer_shared',
    user_id: sub,
  });
  return 'kept';
}
