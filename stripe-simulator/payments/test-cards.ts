/** Stripe's test cards. */
import {
  acceptedCard,
  authenticatedCard,
  type CardResult,
  cardOf,
  DECLINED_MESSAGE,
  declinedCard,
  disputedCard,
  genericDecline,
  insufficientFunds,
  type TestCard,
} from './card-kinds.ts';

export { type Decline, genericDecline, type TestCard } from './card-kinds.ts';

export const testCards: readonly TestCard[] = [
  acceptedCard('4242424242424242', 'visa', { brand: 'visa' }),
  acceptedCard('5555555555554444', 'mastercard', { brand: 'mastercard' }),
  acceptedCard('378282246310005', 'amex', { brand: 'amex' }),
  acceptedCard('4000056655665556', 'visa_debit', { brand: 'visa', funding: 'debit' }),
  acceptedCard('5200828282828210', 'mastercard_debit', { brand: 'mastercard', funding: 'debit' }),
  acceptedCard('5105105105105100', 'mastercard_prepaid', { brand: 'mastercard', funding: 'prepaid' }),
  acceptedCard('6011111111111117', 'discover', { brand: 'discover' }),
  acceptedCard('3056930009020004', 'diners', { brand: 'diners' }),
  acceptedCard('3566002020360505', 'jcb', { brand: 'jcb' }),
  acceptedCard('6200000000000005', 'unionpay', { brand: 'unionpay' }),
  cardOf('4000008260000000', 'gb', 'GB'),
  cardOf('4000002760000016', 'de', 'DE'),
  cardOf('4000002500000003', 'fr', 'FR'),
  cardOf('4000000000003055', 'threeDSecureOptional', 'US'),
  {
    ...acceptedCard('4000000000000077', 'bypassPending', { brand: 'visa' }),
    bypassesPending: true,
    effect: 'succeeds; the funds are available at once',
  },
  disputedCard('4000000000000259', 'createDispute', { reason: 'fraudulent', isInquiry: false }),
  disputedCard('4000000000002685', 'createDisputeProductNotReceived', {
    reason: 'product_not_received',
    isInquiry: false,
  }),
  disputedCard('4000000000001976', 'createDisputeInquiry', { reason: 'fraudulent', isInquiry: true }),
  {
    ...acceptedCard('4000000000000101', 'cvcCheckFail', { brand: 'visa' }),
    cvcCheck: 'fail',
    effect: 'succeeds; the check of the security code fails',
  },
  {
    ...acceptedCard('4000000000009235', 'riskLevelElevated', { brand: 'visa' }),
    risk: 'elevated',
    effect: 'succeeds with an elevated risk',
  },
  {
    ...acceptedCard('4000000000007726', 'pendingRefund', { brand: 'visa' }),
    refund: 'pending',
    effect: 'succeeds; a refund is pending',
  },
  {
    ...acceptedCard('4000000000005126', 'refundFail', { brand: 'visa' }),
    effect: 'succeeds; a refund fails later',
    refund: 'fails',
  },
  declinedCard('4000000000000341', 'chargeCustomerFail', {
    ...genericDecline,
    attaches: true,
    effect: 'can be saved, but every charge fails',
  }),
  declinedCard('4000000000000002', 'visa_chargeDeclined', { ...genericDecline, effect: 'is declined' }),
  declinedCard('4000000000009995', 'visa_chargeDeclinedInsufficientFunds', {
    ...insufficientFunds,
    effect: 'has insufficient funds',
  }),
  declinedCard('4000000000009987', 'visa_chargeDeclinedLostCard', {
    code: 'card_declined',
    declineCode: 'lost_card',
    message: DECLINED_MESSAGE,
    effect: 'is reported lost',
  }),
  declinedCard('4000000000009979', 'visa_chargeDeclinedStolenCard', {
    code: 'card_declined',
    declineCode: 'stolen_card',
    message: DECLINED_MESSAGE,
    effect: 'is reported stolen',
  }),
  declinedCard('4000000000000069', 'chargeDeclinedExpiredCard', {
    code: 'expired_card',
    message: 'Your card has expired.',
    effect: 'has expired',
  }),
  declinedCard('4000000000000127', 'chargeDeclinedIncorrectCvc', {
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    effect: 'has an incorrect security code',
  }),
  declinedCard('4000000000000119', 'chargeDeclinedProcessingError', {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    effect: 'fails with a processing error',
  }),
  declinedCard('4000000000006975', 'visa_chargeDeclinedVelocityLimitExceeded', {
    code: 'card_declined',
    declineCode: 'card_velocity_exceeded',
    message: DECLINED_MESSAGE,
    effect: 'exceeds its limits',
  }),
  declinedCard('4100000000000019', 'radarBlock', {
    code: 'card_declined',
    declineCode: 'fraudulent',
    message: DECLINED_MESSAGE,
    effect: 'is blocked as fraudulent',
  }),
  authenticatedCard('4000002500003155', 'authenticationRequiredOnSetup', {
    remembersAuthentication: true,
    effect: 'requires authentication the first time',
  }),
  authenticatedCard('4000002760003184', 'authenticationRequired', {
    effect: 'always requires authentication',
  }),
  authenticatedCard('4000000000003220', 'threeDSecure2Required', { effect: 'requires 3D Secure' }),
  authenticatedCard('4000008400001629', 'threeDSecureRequiredChargeDeclined', {
    afterAuthentication: genericDecline,
    effect: 'is declined after 3D Secure',
  }),
  authenticatedCard('4000008260003178', 'authenticationRequiredChargeDeclinedInsufficientFunds', {
    afterAuthentication: insufficientFunds,
    effect: 'has insufficient funds after authentication',
  }),
  declinedCard('4000008400001280', 'threeDSecureRequiredProcessingError', {
    ...genericDecline,
    effect: 'fails because 3D Secure has an error',
  }),
];

/** Finds a test card by `pm_card_visa`, `tok_visa`, or its number with or without spaces. */
export function findTestCard(text: string): TestCard | undefined {
  const name = nameIn(text);
  const digits = text.replaceAll(/[\s-]/g, '');
  return testCards.find((card) => (name !== undefined && card.name === name) || card.number === digits);
}

/** Some declines have two names in Stripe's documentation, with and without the brand. */
function nameIn(text: string): string | undefined {
  if (!/^(pm_card|tok)_/.test(text)) return undefined;
  const name = text.replace(/^(pm_card|tok)_/, '');
  return testCards.some((card) => card.name === name) ? name : `visa_${name}`;
}

/** Finds a test card by its last four digits, which are unique among the test cards. */
export function cardEndingIn(last4: string | undefined): TestCard | undefined {
  return last4 === undefined ? undefined : testCards.find((card) => card.number.endsWith(last4));
}

/**
 * Returns the result of charging the card with these last four digits. With `authenticated`, the customer is present
 * and has completed the authentication.
 */
export function chargeResult(last4: string | undefined, authenticated = false): CardResult {
  const card = cardEndingIn(last4);
  if (card?.charge === 'authenticates' && authenticated) return card.afterAuthentication ?? 'succeeds';
  return card?.charge ?? 'succeeds';
}
