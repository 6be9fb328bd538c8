/** The environment of `checkout`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { type Discount, plainTerms, type SaleTerms, trialEnds } from '../../core/checkout/sale-terms.ts';
import { limits } from '../../core/settings/limits.ts';
import { readChoice, readDiscount, readPaymentMethod, readPriceName } from '../../core/settings/values.ts';
import {
  readAccessPolicy,
  readOrigins,
  readRequiredPoolId,
  readReturnPage,
  readStores,
  readStripe,
  readTables,
  storesEnvironment,
  stripeEnvironment,
} from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'COGNITO_USER_POOL_ID',
  'CHECKOUT_PRICES',
  'CHECKOUT_MAX_QUANTITY',
  'CHECKOUT_PROMOTION_CODES',
  'CHECKOUT_SUCCESS_URL',
  'CHECKOUT_CANCEL_URL',
  'CHECKOUT_AUTOMATIC_TAX',
  'CHECKOUT_TAX_IDS',
  'CHECKOUT_BILLING_ADDRESS',
  'CHECKOUT_TERMS_OF_SERVICE',
  'CHECKOUT_DISCOUNT',
  'CHECKOUT_PAYMENT_METHODS',
  'TRIAL_DAYS',
  'TRIAL_WITHOUT_CARD',
  'TRIAL_END',
  'TRIAL_HASH_KEY',
  'TRIAL_HASH_KEY_SECRET_ARN',
  ...storesEnvironment,
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ACCESS_POLICY',
  'ALLOWED_ORIGINS',
] as const;

/** Returns what both routes need. The sync needs the policy too, since it answers with the user's access. */
export function readSyncConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no user is written back into a customer. Access does not depend on it. */
    poolId: reader.optional('COGNITO_USER_POOL_ID') ?? null,
    stores: readStores(reader),
    policy: readAccessPolicy(reader),
  });
}

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const trialDays = reader.amount('TRIAL_DAYS', 0, limits.trialDays);
  if (reader.raw('CHECKOUT_PRICES') === undefined) reader.missing('CHECKOUT_PRICES');
  const prices = reader.list('CHECKOUT_PRICES', readPriceName);
  const hasHashKey = ['TRIAL_HASH_KEY', 'TRIAL_HASH_KEY_SECRET_ARN'].some(
    (name) => reader.raw(name) !== undefined,
  );
  return reader.done({
    poolId: readRequiredPoolId(reader),
    prices,
    maxQuantity: reader.amount('CHECKOUT_MAX_QUANTITY', 1, limits.quantity),
    promotionCodes: reader.flag('CHECKOUT_PROMOTION_CODES'),
    successUrl: readReturnPage(reader, 'CHECKOUT_SUCCESS_URL'),
    cancelUrl: readReturnPage(reader, 'CHECKOUT_CANCEL_URL'),
    terms: readTerms(reader),
    // Prices can have trials of their own, also where the others have none.
    trial:
      trialDays === 0 && !hasHashKey
        ? null
        : { days: trialDays, hashKey: readSecretSource(reader, 'TRIAL_HASH_KEY') },
  });
}

/** Returns what Stripe is told about every sale. */
export function readTerms(reader: EnvironmentReader): SaleTerms {
  const discount = reader.optional('CHECKOUT_DISCOUNT', readDiscount);
  if (discount !== undefined && reader.flag('CHECKOUT_PROMOTION_CODES')) {
    reader.invalid(
      'CHECKOUT_DISCOUNT',
      'does not go together with CHECKOUT_PROMOTION_CODES: Stripe takes one of them. Remove one',
    );
  }
  const methods = reader.list('CHECKOUT_PAYMENT_METHODS', readPaymentMethod);
  const address = reader.optional('CHECKOUT_BILLING_ADDRESS', (text) =>
    readChoice(text, ['auto', 'required']),
  );
  return {
    automaticTax: reader.flag('CHECKOUT_AUTOMATIC_TAX'),
    taxIds: reader.flag('CHECKOUT_TAX_IDS'),
    billingAddress: address === 'required' ? address : null,
    termsOfService: reader.flag('CHECKOUT_TERMS_OF_SERVICE'),
    discount: discount === undefined ? null : discountOf(discount),
    paymentMethods: methods.length === 0 ? null : methods,
    trialWithoutCard: reader.flag('TRIAL_WITHOUT_CARD'),
    trialEnd: reader.optional('TRIAL_END', (text) => readChoice(text, trialEnds)) ?? plainTerms.trialEnd,
  };
}

function discountOf(id: string): Discount {
  return id.startsWith('promo_') ? { promotion_code: id } : { coupon: id };
}
