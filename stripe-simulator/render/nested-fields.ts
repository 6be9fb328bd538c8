/**
 * Fields of Stripe's objects that are within other fields. They are required, so code that reads them must find them, and
 * mostly null. What a record stores wins.
 */
import { child, type Json, type JsonObject, type Reader, text } from './json.ts';

type Nested = (object: JsonObject, reader: Reader) => JsonObject;

const address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Completes a field that is an object, and leaves null and absent ones as they are. */
function within(object: JsonObject, name: string, defaults: JsonObject): JsonObject {
  const value = child(object[name]);
  return value === undefined ? {} : { [name]: { ...defaults, ...value } };
}

const addressIn = (object: JsonObject) => within(object, 'address', address);

function addressWithin(object: JsonObject, name: string): JsonObject {
  const holder = child(object[name]);
  return holder === undefined ? {} : { [name]: { ...holder, ...addressIn(holder) } };
}

const outcomeDefaults = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: null,
  reason: null,
  risk_level: 'normal',
};

function chargeParts(charge: JsonObject): JsonObject {
  const isPaid = charge['paid'] === true;
  const message = isPaid
    ? 'Payment complete.'
    : 'The bank did not return any further details with this decline.';
  const details = child(charge['payment_method_details']);
  const card = child(details?.['card']);
  const cardDefaults = {
    amount_authorized: isPaid ? (charge['amount'] ?? null) : null,
    authorization_code: null,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    electronic_commerce_indicator: null,
    installments: null,
    mandate: null,
    network: card?.['brand'] ?? null,
    network_token: { used: false },
    network_transaction_id: null,
    regulated_status: 'unregulated',
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
  return {
    ...addressWithin(charge, 'billing_details'),
    ...addressWithin(charge, 'shipping'),
    ...within(charge, 'outcome', { ...outcomeDefaults, seller_message: message }),
    ...(details === undefined
      ? {}
      : { payment_method_details: { ...details, ...within(details, 'card', cardDefaults) } }),
  };
}

function lineParts(line: JsonObject): JsonObject {
  const parent = child(line['parent']);
  if (parent === undefined) return {};
  const defaults = { proration_details: null };
  const items = within(parent, 'invoice_item_details', defaults);
  return { parent: { ...parent, ...items, ...within(parent, 'subscription_item_details', defaults) } };
}

const noEvidence = Object.fromEntries(
  'access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal customer_communication customer_email_address customer_name customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text'
    .split(' ')
    .map((name) => [name, null]),
);

function disputeParts(dispute: JsonObject): JsonObject {
  const details = { enhanced_eligibility: {}, submission_method: 'not_submitted' };
  const method = child(dispute['payment_method_details']);
  const network = { network: child(method?.['card'])?.['brand'] ?? null };
  return {
    ...(method === undefined
      ? {}
      : { payment_method_details: { ...method, ...within(method, 'card', network) } }),
    intended_submission_method: dispute['intended_submission_method'] ?? null,
    ...within(dispute, 'evidence', { ...noEvidence, enhanced_evidence: {} }),
    ...within(dispute, 'evidence_details', details),
  };
}

/** A refund has the customer and the payment method of its charge. */
function refundParts(refund: JsonObject, { store }: Reader): JsonObject {
  const charge = store.charges.get(text(refund['charge']));
  return {
    customer: charge?.customer ?? null,
    customer_account: null,
    payment_method: charge?.payment_method ?? null,
  };
}

/** What was reported about a payment outside of Stripe. It is guaranteed as a whole. */
function recordParts(record: JsonObject): JsonObject {
  const amount = record['amount'] ?? null;
  const none = { currency: child(amount)?.['currency'] ?? null, value: 0 };
  return {
    amount_authorized: amount,
    amount_canceled: none,
    amount_failed: none,
    amount_guaranteed: amount,
    amount_requested: amount,
    application: null,
    customer_details: null,
    customer_presence: null,
    description: null,
    latest_payment_attempt_record: null,
    payment_method_details: null,
    processor_details: { type: 'custom' },
    reported_by: 'self',
    shipping_details: null,
    ...record,
  };
}

const settings = { account_tax_ids: null, custom_fields: null, description: null, footer: null };
const emptyNames = { business_name: null, individual_name: null };

const nested: Readonly<Record<string, Nested>> = {
  charge: chargeParts,
  'checkout.session': (session) => within(session, 'customer_details', emptyNames),
  customer: (customer) => ({ ...addressIn(customer), ...addressWithin(customer, 'shipping') }),
  dispute: disputeParts,
  item: (line) => ({
    adjustable_quantity: line['adjustable_quantity'] ?? null,
    metadata: line['metadata'] ?? {},
  }),
  line_item: lineParts,
  payment_intent: (intent) => addressWithin(intent, 'shipping'),
  payment_method: (method) => addressWithin(method, 'billing_details'),
  payment_record: recordParts,
  refund: refundParts,
  subscription: (subscription) => within(subscription, 'invoice_settings', settings),
};

/** Returns the object with its nested fields. A deletion has none. */
export function withNestedFields(kind: string, object: JsonObject, reader: Reader): JsonObject {
  const complete = nested[kind];
  return complete === undefined || isDeletion(object) ? object : { ...object, ...complete(object, reader) };
}

export function isDeletion(object: Readonly<Record<string, Json>>): boolean {
  return object['deleted'] === true;
}
