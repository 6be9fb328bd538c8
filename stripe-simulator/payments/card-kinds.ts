/** The kinds of Stripe's test cards, and what each one does when it is attached, charged, refunded or disputed. */

export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

export type CardResult = 'succeeds' | 'authenticates' | Decline;

/** How a refund goes, if it does not succeed at once: it is pending first, or it fails later. */
export type RefundCourse = 'pending' | 'fails';

export interface TestCard {
  readonly number: string;
  /** The name in `pm_card_NAME` and `tok_NAME`. */
  readonly name: string;
  readonly brand: string;
  readonly funding: string;
  readonly attaches: boolean;
  readonly charge: CardResult;
  /** The decline that follows a completed authentication. */
  readonly afterAuthentication?: Decline;
  /** Whether a card that was authenticated once can be charged without the customer. */
  readonly remembersAuthentication?: true;
  readonly refund?: RefundCourse;
  /** The dispute that follows a successful charge. */
  readonly dispute?: { readonly reason: string; readonly isInquiry: boolean };
  /** Whether the funds are available at once, instead of after some days. */
  readonly bypassesPending?: true;
  readonly country?: string;
  /** The result of the check of the security code, if it is not a pass. */
  readonly cvcCheck?: 'fail';
  readonly risk?: 'elevated' | 'highest';
  /** The description in the list of test cards. */
  readonly effect: string;
}

export const DECLINED_MESSAGE = 'Your card was declined.';
export const genericDecline: Decline = {
  code: 'card_declined',
  declineCode: 'generic_decline',
  message: DECLINED_MESSAGE,
};

export const insufficientFunds: Decline = {
  code: 'card_declined',
  declineCode: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
};

export function acceptedCard(
  number: string,
  name: string,
  kind: { brand: string; funding?: string },
): TestCard {
  const { brand, funding = 'credit' } = kind;
  return { number, name, brand, funding, attaches: true, charge: 'succeeds', effect: `succeeds (${brand})` };
}

export function declinedCard(
  number: string,
  name: string,
  decline: Decline & { effect: string; attaches?: boolean },
): TestCard {
  const { effect, attaches = false, ...charge } = decline;
  return { number, name, brand: 'visa', funding: 'credit', attaches, charge, effect };
}

export function authenticatedCard(
  number: string,
  name: string,
  kind: Pick<TestCard, 'effect' | 'afterAuthentication' | 'remembersAuthentication'>,
): TestCard {
  return { number, name, brand: 'visa', funding: 'credit', attaches: true, charge: 'authenticates', ...kind };
}

/** A card that is charged, and whose charge is then disputed. */
export function disputedCard(
  number: string,
  name: string,
  dispute: { reason: string; isInquiry: boolean },
): TestCard {
  const effect = dispute.isInquiry ? 'succeeds; the bank asks about it' : 'succeeds; is disputed';
  return { ...acceptedCard(number, name, { brand: 'visa' }), dispute, effect };
}

export function cardOf(number: string, name: string, country: string): TestCard {
  return { ...acceptedCard(number, name, { brand: 'visa' }), country, effect: `succeeds (${country})` };
}
