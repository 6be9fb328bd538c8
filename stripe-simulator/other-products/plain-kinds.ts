/** The kinds of objects that are kept as the request describes them. */
import type { PlainKind } from './plain-objects.ts';

const noControls = {
  allowed_card_presences: null,
  allowed_categories: null,
  allowed_merchant_countries: null,
  blocked_card_presences: null,
  blocked_categories: null,
  blocked_merchant_countries: null,
  spending_limits: [],
  spending_limits_currency: null,
};

const address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export const accountKind: PlainKind = {
  path: '/v1/accounts',
  prefix: 'acct_',
  object: 'account',
  notKept: ['account_token', 'documents', 'external_account'],
  created: [],
  updated: 'account.updated',
  fields: () => ({
    business_type: null,
    capabilities: {},
    charges_enabled: false,
    country: 'US',
    default_currency: 'usd',
    details_submitted: false,
    email: null,
    payouts_enabled: false,
    settings: {
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_payments: {
        statement_descriptor_prefix: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
      dashboard: { display_name: null, timezone: 'Etc/UTC' },
      payments: {
        statement_descriptor: null,
        statement_descriptor_kana: null,
        statement_descriptor_kanji: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
    },
    type: 'standard',
  }),
};

export const transferKind: PlainKind = {
  path: '/v1/transfers',
  prefix: 'tr_',
  object: 'transfer',
  required: ['amount', 'currency', 'destination'],
  filters: ['destination', 'transfer_group'],
  created: ['transfer.created'],
  updated: 'transfer.updated',
  fields: () => ({
    amount_reversed: 0,
    balance_transaction: null,
    description: null,
    reversals: { object: 'list', data: [], has_more: false, total_count: 0, url: '/v1/transfers' },
    reversed: false,
    source_transaction: null,
    source_type: 'card',
    transfer_group: null,
  }),
};

export const topupKind: PlainKind = {
  path: '/v1/topups',
  prefix: 'tu_',
  object: 'topup',
  required: ['amount', 'currency'],
  filters: ['amount', 'status'],
  created: ['topup.created', 'topup.succeeded'],
  updated: 'topup.updated',
  fields: () => ({
    balance_transaction: null,
    description: null,
    expected_availability_date: null,
    failure_code: null,
    failure_message: null,
    initiated_by: null,
    source: null,
    statement_descriptor: null,
    status: 'succeeded',
    transfer_group: null,
  }),
};

export const verificationKind: PlainKind = {
  path: '/v1/identity/verification_sessions',
  prefix: 'vs_',
  object: 'identity.verification_session',
  notShown: ['return_url'],
  filters: ['client_reference_id', 'related_customer', 'status'],
  created: ['identity.verification_session.created'],
  fields: (world) => ({
    client_reference_id: null,
    client_secret: world.ids.next('vs_secret_'),
    last_error: null,
    last_verification_report: null,
    options: {},
    redaction: null,
    related_customer: null,
    related_customer_account: null,
    status: 'requires_input',
    url: null,
  }),
};

export const reportKind: PlainKind = {
  path: '/v1/reporting/report_runs',
  prefix: 'frr_',
  object: 'reporting.report_run',
  required: ['report_type'],
  created: ['reporting.report_run.succeeded'],
  fields: (world) => ({
    error: null,
    parameters: {},
    result: null,
    status: 'succeeded',
    succeeded_at: world.seconds(),
  }),
  hasNoMetadata: true,
};

export const cardholderKind: PlainKind = {
  path: '/v1/issuing/cardholders',
  prefix: 'ich_',
  object: 'issuing.cardholder',
  required: ['billing', 'name'],
  filters: ['email', 'phone_number', 'status', 'type'],
  created: ['issuing_cardholder.created'],
  updated: 'issuing_cardholder.updated',
  fields: () => ({
    billing: { address },
    company: null,
    email: null,
    individual: null,
    phone_number: null,
    preferred_locales: [],
    requirements: { disabled_reason: null, past_due: [] },
    spending_controls: noControls,
    status: 'active',
    type: 'individual',
  }),
};

export const issuedCardKind: PlainKind = {
  path: '/v1/issuing/cards',
  prefix: 'ic_',
  object: 'issuing.card',
  required: ['currency', 'type'],
  notKept: ['pin'],
  filters: ['cardholder', 'exp_month', 'exp_year', 'last4', 'status', 'type'],
  created: ['issuing_card.created'],
  updated: 'issuing_card.updated',
  fields: (world) => ({
    brand: 'Visa',
    cancellation_reason: null,
    cardholder: null,
    exp_month: 12,
    exp_year: new Date(world.seconds() * 1000).getUTCFullYear() + 3,
    last4: '4242',
    latest_fraud_warning: null,
    lifecycle_controls: null,
    personalization_design: null,
    replaced_by: null,
    replacement_for: null,
    replacement_reason: null,
    second_line: null,
    shipping: null,
    spending_controls: noControls,
    status: 'inactive',
    type: 'virtual',
    wallets: null,
  }),
  resolved: ({ store }, params) => ({
    cardholder: store.plainObjects.get(params.string('cardholder') ?? '') ?? null,
  }),
};

export const plainKinds: readonly PlainKind[] = [
  accountKind,
  transferKind,
  topupKind,
  verificationKind,
  reportKind,
  cardholderKind,
  issuedCardKind,
];
