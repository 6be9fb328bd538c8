/** The control routes of customers: opening the app, buying, logging in, transferring, granting. */
import { getProduct } from '../catalog/catalog.ts';
import { environments, stores } from '../model/values.ts';
import { invalidParameter } from '../protocol/errors.ts';
import type { Fields } from '../protocol/fields.ts';
import type { ControlRoute } from './route.ts';

const MAX_DAYS = 3_660;

export const customerRoutes: readonly ControlRoute[] = [
  { method: 'POST', path: 'customers/:customer/open', run: ({ operations }, id) => operations.openApp(id) },
  {
    method: 'POST',
    path: 'customers/:customer/purchase',
    fields: [
      'product',
      'store',
      'environment',
      'family_shared',
      'country',
      'store_subscription_identifier',
      'trial_days',
    ],
    run: purchase,
  },
  {
    method: 'POST',
    path: 'customers/:customer/log_in',
    fields: ['user_id'],
    run: ({ operations }, id, fields) => operations.logIn(id, fields.required('user_id')),
  },
  {
    method: 'POST',
    path: 'customers/:customer/transfer',
    fields: ['to'],
    run: ({ operations }, id, fields) => operations.transfer(id, fields.required('to')),
  },
  {
    method: 'POST',
    path: 'customers/:customer/grant',
    fields: ['entitlement', 'days'],
    run: ({ operations }, customerId, fields) => {
      const days = fields.number('days', { min: 0, max: MAX_DAYS });
      const entitlement = fields.text('entitlement') ?? 'pro';
      return operations.grantEntitlement({
        customerId,
        entitlement,
        ...(days === undefined ? {} : { days }),
      });
    },
  },
  {
    method: 'POST',
    path: 'purchases/:purchase/refund',
    run: ({ operations }, id) => operations.refundPurchase(id),
  },
];

function purchase(
  { operations, world }: Parameters<ControlRoute['run']>[0],
  id: string,
  fields: Fields,
): object {
  const product = fields.required('product');
  const store = fields.oneOf('store', stores);
  if (store === 'promotional') {
    throw invalidParameter('store', 'An entitlement is granted by hand with /grant, not bought.');
  }
  const environment = fields.oneOf('environment', environments);
  const familyShared = fields.flag('family_shared');
  const country = fields.text('country');
  const identifier = fields.text('store_subscription_identifier');
  const trialDays = fields.number('trial_days', { min: 0, max: MAX_DAYS });
  const request = {
    customerId: id,
    product,
    ...(store === undefined ? {} : { store }),
    ...(environment === undefined ? {} : { environment }),
    ...(familyShared === undefined ? {} : { familyShared }),
    ...(country === undefined ? {} : { country }),
    ...(identifier === undefined ? {} : { storeSubscriptionIdentifier: identifier }),
  };
  if (getProduct(world, product).type === 'subscription') {
    return operations.purchase(trialDays === undefined ? request : { ...request, trialDays });
  }
  if (trialDays !== undefined) throw invalidParameter('trial_days', `${product} is no subscription.`);
  return operations.purchaseOneTime(request);
}
