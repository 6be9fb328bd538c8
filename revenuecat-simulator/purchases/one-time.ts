/** One-time purchases, such as of a lifetime product. */
import { getProduct } from '../catalog/catalog.ts';
import { openApp } from '../customers/customers.ts';
import { publishPurchase } from '../events/event-body.ts';
import type { Purchase } from '../model/purchase.ts';
import { impossible, invalidParameter, missing } from '../protocol/errors.ts';
import type { PurchaseRequest } from '../subscriptions/purchase.ts';
import { firstTransaction } from '../subscriptions/transactions.ts';
import type { World } from '../world/world.ts';

export type OneTimePurchaseRequest = Omit<PurchaseRequest, 'trialDays'>;

export function purchaseOnce(world: World, request: OneTimePurchaseRequest): Purchase {
  const product = getProduct(world, request.product);
  if (product.type !== 'one_time') throw invalidParameter('product', `${request.product} is a subscription.`);
  const customer = openApp(world, request.customerId, request.country);
  const { store = 'app_store' } = request;
  const row = world.store.purchases.put({
    id: world.ids.next('purch'),
    customer_id: customer.id,
    original_customer_id: customer.id,
    product_id: product.id,
    store_product_id: product.store_identifier,
    entitlement_ids: product.entitlement_ids,
    purchased_at: world.nowMs(),
    status: 'owned',
    store,
    store_purchase_identifier: request.storeSubscriptionIdentifier ?? firstTransaction(world, store),
    ownership: request.familyShared === true ? 'family_shared' : 'purchased',
    environment: request.environment ?? 'production',
    country: customer.country,
    quantity: 1,
  });
  publishPurchase(world, row, { type: 'NON_RENEWING_PURCHASE' });
  return row;
}

export function refundPurchase(world: World, id: string): Purchase {
  const row = world.store.purchases.get(id);
  if (row === undefined) throw missing('purchase', id);
  if (row.status === 'refunded') throw impossible(`${id} was refunded already.`);
  const refunded = world.store.purchases.put({ ...row, status: 'refunded' });
  publishPurchase(world, refunded, { type: 'CANCELLATION', cancel_reason: 'CUSTOMER_SUPPORT' });
  return refunded;
}
