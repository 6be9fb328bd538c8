/** The payment methods behind tokens and sources. */
import type { PaymentMethod } from '../model/payment.ts';
import type { CardSource } from '../model/source.ts';
import { noSuch } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { createPaymentMethod } from './method-records.ts';
import { findTestCard } from './test-cards.ts';

/** Returns the payment method of `tok_visa`, of a token that was created, or of a card of a customer. */
export function methodOfSource(world: World, id: string, param: string): PaymentMethod {
  const { paymentMethods, tokens } = world.store;
  const token = tokens.get(id);
  const known = paymentMethods.get(token?.method ?? id) ?? paymentMethods.get(methodIdOf(id));
  if (known !== undefined) {
    if (token !== undefined) tokens.put({ ...token, used: true });
    return known;
  }
  const card = id.startsWith('tok_') ? findTestCard(id) : undefined;
  if (card === undefined) throw noSuch(id.startsWith('tok_') ? 'token' : 'source', { id, param });
  return createPaymentMethod(world, { card });
}

const METHOD = 'pm_';
const CARD = 'card_';

export function methodIdOf(card: string): string {
  return card.startsWith(CARD) ? METHOD + card.slice(CARD.length) : card;
}

export function cardSourceOf(method: PaymentMethod): CardSource | undefined {
  const { card, billing_details: details } = method;
  if (card === undefined) return undefined;
  return {
    id: CARD + method.id.slice(METHOD.length),
    object: 'card',
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    allow_redisplay: method.allow_redisplay,
    brand: brandNames[card.brand] ?? card.brand,
    country: card.country,
    customer: method.customer,
    cvc_check: 'pass',
    dynamic_last4: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint,
    funding: card.funding,
    last4: card.last4,
    metadata: method.metadata,
    name: details.name,
    regulated_status: card.regulated_status,
    tokenization_method: null,
  };
}

const brandNames: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'MasterCard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};
