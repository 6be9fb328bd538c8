/** Creates payment methods from test cards, test bank accounts, and the names of both. */
import type { Metadata } from '../model/common.ts';
import type { MethodCard, PaymentMethod } from '../model/payment.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { fingerprintOf, namedTestAccount } from './test-accounts.ts';
import { findTestCard, type TestCard } from './test-cards.ts';

interface SharedDetails {
  readonly billingDetails?: Partial<PaymentMethod['billing_details']>;
  readonly metadata?: Metadata;
}

export interface CardDetails extends SharedDetails {
  readonly card: TestCard;
  readonly expiry?: { month: number; year: number };
}

export interface AccountDetails extends SharedDetails {
  readonly account:
    | { readonly type: 'sepa_debit'; readonly number: string }
    | { readonly type: 'customer_balance' }
    | {
        readonly type: 'us_bank_account';
        readonly number: string;
        readonly routingNumber: string;
        readonly holder: string;
        readonly kind: string;
        /** Whether the customer's bank has confirmed the account, so that no micro-deposits are needed. */
        readonly verified: boolean;
      };
}

export function createPaymentMethod(world: World, details: CardDetails): PaymentMethod {
  const row = { ...blankMethod(world, details), card: cardPartOf(world, details), type: 'card' } as const;
  return add(world, world.store.paymentMethods, { row });
}

export function createAccountMethod(world: World, details: AccountDetails): PaymentMethod {
  const row: PaymentMethod = { ...blankMethod(world, details), ...accountPartOf(details.account) };
  return add(world, world.store.paymentMethods, { row });
}

/** Creates the payment method that a name such as `pm_card_visa` or `pm_usBankAccount_success` stands for. */
export function createNamedMethod(world: World, name: string): PaymentMethod | undefined {
  const card = name.startsWith('pm_card_') ? findTestCard(name) : undefined;
  if (card !== undefined) return createPaymentMethod(world, { card });
  const account = namedTestAccount(name);
  if (account === undefined) return undefined;
  const { type, number } = account;
  const billingDetails = { email: 'jenny@example.com', name: 'Jenny Rosen' };
  return createAccountMethod(world, {
    account: type === 'sepa_debit' ? { type, number } : { type, number, ...usualUsAccount },
    billingDetails,
  });
}

export const usualUsAccount = {
  routingNumber: '110000000',
  holder: 'individual',
  kind: 'checking',
  verified: true,
} as const;

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

function blankMethod(world: World, { billingDetails, metadata = {} }: SharedDetails): PaymentMethod {
  return {
    id: world.ids.next('pm_'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: noAddress,
      email: null,
      name: null,
      phone: null,
      tax_id: null,
      ...billingDetails,
    },
    created: world.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata,
    type: 'card',
  };
}

function cardPartOf(world: World, { card, expiry }: CardDetails): MethodCard {
  return {
    brand: card.brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: card.cvcCheck ?? 'pass',
    },
    country: card.country ?? 'US',
    display_brand: card.brand,
    exp_month: expiry?.month ?? 12,
    exp_year: expiry?.year ?? new Date(world.seconds() * 1000).getUTCFullYear() + 4,
    fingerprint: fingerprintOf(card.number),
    funding: card.funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

type AccountPart = Pick<PaymentMethod, 'customer_balance' | 'sepa_debit' | 'type' | 'us_bank_account'>;

const bankCode = { from: 4, to: 9 } as const;

function accountPartOf(account: AccountDetails['account']): AccountPart {
  if (account.type === 'customer_balance') return { type: account.type, customer_balance: {} };
  const { number, type } = account;
  const shared = { fingerprint: fingerprintOf(number), last4: number.slice(-4) };
  if (type === 'sepa_debit') {
    return {
      type,
      sepa_debit: {
        ...shared,
        bank_code: number.slice(bankCode.from, bankCode.to),
        branch_code: '',
        country: number.slice(0, 2),
        generated_from: { charge: null, setup_attempt: null },
      },
    };
  }
  return {
    type,
    us_bank_account: {
      ...shared,
      account_holder_type: account.holder,
      account_type: account.kind,
      bank_name: 'STRIPE TEST BANK',
      financial_connections_account: account.verified
        ? `fca_${fingerprintOf(`${account.routingNumber}${number}`)}`
        : null,
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: account.routingNumber,
      status_details: null,
    },
  };
}
