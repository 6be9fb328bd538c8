/** Stripe's test cards, with the result of attaching and charging each one. */

export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

export type ChargeResult = 'succeeds' | 'authenticates' | Decline;

/** The status in which a refund begins. Stripe settles it some time later. */
export type RefundStart = 'succeeded' | 'pending';

export interface TestCard {
  readonly number: string;
  /** The name in `pm_card_NAME` and `tok_NAME`. */
  readonly name: string;
  readonly brand: string;
  readonly funding: string;
  readonly attaches: boolean;
  readonly charge: ChargeResult;
  /** The decline that follows a completed authentication. */
  readonly afterAuthentication?: Decline;
  /** Whether a card that was authenticated once can be charged without the customer. */
  readonly remembersAuthentication?: true;
  readonly refund?: RefundStart;
  /** The description in the list of test cards. */
  readonly effect: string;
}

const DECLINED_MESSAGE = 'Your card was declined.';
export const genericDecline: Decline = {
  code: 'card_declined',
  declineCode: 'generic_decline',
  message: DECLINED_MESSAGE,
};

const insufficientFunds: Decline = {
  code: 'card_declined',
  declineCode: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
};

function acceptedCard(number: string, name: string, kind: { brand: string; funding?: string }): TestCard {
  const { brand, funding = 'credit' } = kind;
  return { number, name, brand, funding, attaches: true, charge: 'succeeds', effect: `succeeds (${brand})` };
}

function declinedCard(
  number: string,
  name: string,
  decline: Decline & { effect: string; attaches?: boolean },
): TestCard {
  const { effect, attaches = false, ...charge } = decline;
  return { number, name, brand: 'visa', funding: 'credit', attaches, charge, effect };
}

function authenticatedCard(
  number: string,
  name: string,
  kind: Pick<TestCard, 'effect' | 'afterAuthentication' | 'remembersAuthentication'>,
): TestCard {
  return { number, name, brand: 'visa', funding: 'credit', attaches: true, charge: 'authenticates', ...kind };
}

export const testCards: readonly TestCard[] = [
  acceptedCard('4242424242424242', 'visa', { brand: 'visa' }),
  acceptedCard('5555555555554444', 'mastercard', { brand: 'mastercard' }),
  acceptedCard('378282246310005', 'amex', { brand: 'amex' }),
  acceptedCard('4000056655665556', 'visa_debit', { brand: 'visa', funding: 'debit' }),
  {
    ...acceptedCard('4000000000007726', 'pendingRefund', { brand: 'visa' }),
    refund: 'pending',
    effect: 'succeeds; a refund is pending',
  },
  {
    ...acceptedCard('4000000000005126', 'refundFail', { brand: 'visa' }),
    effect: 'succeeds; a refund can fail later',
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
  const name = text.replace(/^(pm_card|tok)_/, '');
  const digits = text.replaceAll(/[\s-]/g, '');
  return testCards.find((card) => (name !== text && card.name === name) || card.number === digits);
}

/** Finds a test card by its last four digits, which are unique among the test cards. */
export function cardEndingIn(last4: string): TestCard | undefined {
  return testCards.find((card) => card.number.endsWith(last4));
}

/**
 * Returns the result of charging the card with these last four digits. With `authenticated`, the customer is present
 * and has completed the authentication.
 */
export function chargeResult(last4: string, authenticated = false): ChargeResult {
  const card = cardEndingIn(last4);
  if (card?.charge === 'authenticates' && authenticated) return card.afterAuthentication ?? 'succeeds';
  return card?.charge ?? 'succeeds';
}

export function refundStart(last4: string): RefundStart {
  return cardEndingIn(last4)?.refund ?? 'succeeded';
}
