/** Charges: what a payment intent's attempt leaves behind. */
import { recordTransaction } from '../balance/balance-transactions.ts';
import { openDispute } from '../disputes/dispute-opening.ts';
import type { Charge, PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { Decline } from './card-kinds.ts';
import { debitCourse } from './test-accounts.ts';
import { cardEndingIn } from './test-cards.ts';

/** What a charge takes from its payment intent. One made without an intent has none of its own. */
export type ChargedIntent = Pick<
  PaymentIntent,
  | 'amount'
  | 'currency'
  | 'customer'
  | 'description'
  | 'metadata'
  | 'receipt_email'
  | 'shipping'
  | 'statement_descriptor'
  | 'statement_descriptor_suffix'
  | 'transfer_group'
> & { readonly id: string | null };

export interface ChargeFacts {
  readonly intent: ChargedIntent;
  readonly method: PaymentMethod;
  readonly authenticated?: boolean;
}

/** How a charge begins: paid, authorized for a later capture, waiting for the bank, or declined. */
export type ChargeStart = 'captured' | 'authorized' | 'pending' | Decline;

export function getCharge(world: World, id: string): Charge {
  const charge = world.store.charges.get(id);
  if (charge === undefined) throw notFound('charge', id);
  return charge;
}

export function startCharge(world: World, facts: ChargeFacts, start: ChargeStart): Charge {
  const row = world.store.charges.put(chargeRecord(world, facts, start));
  return start === 'captured' ? withFunds(world, row) : row;
}

/** Charges without a payment intent, as the older API does and as imported invoices are paid. */
export function chargeDirectly(
  world: World,
  input: Pick<ChargedIntent, 'amount' | 'currency' | 'customer'> & { readonly method: PaymentMethod },
): Charge {
  const { amount, currency, customer, method } = input;
  const intent = { ...noDetails, amount, currency, customer };
  const charge = startCharge(world, { intent, method }, 'captured');
  emit(world, 'charge.succeeded', { object: charge });
  return charge;
}

const noDetails = {
  id: null,
  description: null,
  metadata: {},
  receipt_email: null,
  shipping: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_group: null,
} as const;

/** The payment has arrived: it moves the balance, and a test card or account can dispute it. */
export function withFunds(world: World, charge: Charge): Charge {
  const method = world.store.paymentMethods.get(charge.payment_method);
  const card = cardEndingIn(method?.card?.last4);
  const transaction = recordTransaction(world, {
    type: method?.card === undefined ? 'payment' : 'charge',
    amount: charge.amount_captured,
    currency: charge.currency,
    source: charge.id,
    description: charge.description,
    isAvailable: card?.bypassesPending === true,
  });
  return change(world, world.store.charges, {
    id: charge.id,
    patch: { balance_transaction: transaction.id },
  });
}

/** Opens the dispute that a test card or account brings about. It follows the events of the payment. */
export function disputeIfAsked(world: World, charge: Charge): void {
  const method = world.store.paymentMethods.get(charge.payment_method);
  const dispute = cardEndingIn(method?.card?.last4)?.dispute;
  if (dispute !== undefined) {
    const status = dispute.isInquiry ? 'warning_needs_response' : 'needs_response';
    openDispute(world, charge, { reason: dispute.reason, status });
    return;
  }
  const account = method?.sepa_debit ?? method?.us_bank_account;
  if (account !== undefined && debitCourse(account.fingerprint).disputed === true)
    openDispute(world, charge, { reason: 'debit_not_authorized' });
}

function chargeRecord(world: World, facts: ChargeFacts, start: ChargeStart): Charge {
  const { intent, method } = facts;
  const decline = typeof start === 'object' ? start : undefined;
  const id = world.ids.next(method.type === 'card' ? 'ch_' : 'py_');
  return {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: start === 'captured' || start === 'pending' ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: null,
    billing_details: method.billing_details,
    captured: start === 'captured' || start === 'pending',
    created: world.seconds(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    livemode: false,
    metadata: intent.metadata,
    outcome: outcomeOf(method, start),
    paid: decline === undefined && start !== 'pending',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(facts),
    receipt_email: intent.receipt_email,
    receipt_url: decline === undefined ? `${world.baseUrl()}/receipts/${id}` : null,
    refunded: false,
    shipping: intent.shipping,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline !== undefined ? 'failed' : start === 'pending' ? 'pending' : 'succeeded',
    transfer_group: intent.transfer_group,
  };
}

const NORMAL_RISK_SCORE = 20;
const HIGH_RISK_SCORE = 65;

function outcomeOf(method: PaymentMethod, start: ChargeStart): object {
  const elevated = cardEndingIn(method.card?.last4)?.risk === 'elevated';
  const risk =
    method.card === undefined
      ? { risk_level: 'not_assessed' }
      : {
          risk_level: elevated ? 'elevated' : 'normal',
          risk_score: elevated ? HIGH_RISK_SCORE : NORMAL_RISK_SCORE,
        };
  const noAdvice = { advice_code: null, network_advice_code: null, network_decline_code: null };
  if (typeof start !== 'object') {
    return {
      ...noAdvice,
      ...risk,
      network_status: 'approved_by_network',
      reason: null,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  if (start.declineCode === 'fraudulent') return { ...noAdvice, ...blockedOutcome };
  return {
    ...noAdvice,
    ...risk,
    advice_code: 'try_again_later',
    network_decline_code: '01',
    network_status: 'declined_by_network',
    reason: start.declineCode ?? start.code,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}

const blockedOutcome = {
  network_status: 'not_sent_to_network',
  reason: 'highest_risk_level',
  risk_level: 'highest',
  risk_score: 100,
  seller_message: 'Stripe blocked this payment as too risky.',
  type: 'blocked',
} as const;

function methodDetails({ intent, method, authenticated = false }: ChargeFacts): object {
  const { type, card, sepa_debit: sepa, us_bank_account: bank } = method;
  if (sepa !== undefined) {
    const { generated_from: _origin, ...shared } = sepa;
    return { type, sepa_debit: { ...shared, mandate: null } };
  }
  if (bank !== undefined) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } = bank;
    const shared = { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number };
    return { type, us_bank_account: { ...shared, payment_reference: null } };
  }
  if (card === undefined) return { type, [type]: {} };
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4, regulated_status } = card;
  return {
    card: {
      amount_authorized: intent.amount,
      authorization_code: '123456',
      brand,
      checks,
      country,
      electronic_commerce_indicator: null,
      exp_month,
      exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint,
      funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: brand,
      network_token: { used: false },
      network_transaction_id: fingerprint.slice(0, 15),
      overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
      regulated_status,
      three_d_secure: authenticated ? authentication : null,
      transaction_link_id: null,
      wallet: null,
    },
    type,
  };
}

const authentication = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: null,
  version: '2.2.0',
} as const;
