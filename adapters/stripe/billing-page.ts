/** Reads what the billing page shows of a customer. */
import type { BillingAddress, BillingDetails } from '../../contract/billing.ts';
import type { BilledCustomer, BilledSubscription, BillingReader } from '../../core/billing-page/ports.ts';
import { hasEnded } from '../../core/subscription/status.ts';
import { recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { entriesAt, idAt, listIn, objectIn, secondsAt, unknownShape } from './json.ts';
import { stampIn } from './metadata.ts';
import { listInvoices, listOpenInvoices, previewNext, readPaymentStatus } from './page-invoices.ts';
import { readPaymentMethod } from './payment-method.ts';
import { readPhases } from './phases.ts';
import { listTaxIds } from './tax-ids.ts';

/** Stripe lists at most so many at once. A customer has at most 500 live subscriptions, and rarely two. */
const LIMIT = 100;

export function createBillingReader(stripe: StripeApi): BillingReader {
  return {
    readCustomer: (id) => readCustomer(stripe, id),
    listInvoices: (id, query) => listInvoices(stripe, id, query),
    listOpenInvoices: (id) => listOpenInvoices(stripe, id),
    readPaymentStatus: (id) => readPaymentStatus(stripe, id),
    previewNext: (subscription, items) => previewNext(stripe, subscription, items),
    readPhases: (id) => readPhases(stripe, id),
    readPaymentMethod: (id) => readPaymentMethod(stripe, id),
    listTaxIds: (id) => listTaxIds(stripe, id),
  };
}

async function readCustomer(stripe: StripeApi, id: string): Promise<BilledCustomer | 'missing'> {
  const [operation, ofList] = ['read customer', 'list live subscriptions'];
  const [answer, list]: readonly unknown[] = await Promise.all([
    orMissing(operation, stripe.customers.retrieve(id)),
    // By default Stripe omits canceled ones.
    orMissing(ofList, stripe.subscriptions.list({ customer: id, limit: LIMIT })),
  ]);
  if (answer === 'missing' || list === 'missing') return 'missing';
  const customer = objectIn(operation, answer, 'customer');
  if (customer['deleted'] === true) return 'missing';
  const live = listIn(ofList, list).entries.filter((one) => !hasEnded(textAt(one, 'status') ?? ''));
  const paymentMethodId =
    idAt(recordAt(customer, 'invoice_settings'), 'default_payment_method') ??
    idAt(customer, 'default_source');
  return {
    id,
    owner: stampIn(recordAt(customer, 'metadata')),
    stamps: live.map((one) => stampIn(recordAt(one, 'metadata'))),
    subscriptions: live.map((one) => subscriptionIn(one, { customerId: id, paymentMethodId })),
    paymentMethodId,
    details: detailsIn(customer),
  };
}

function subscriptionIn(
  json: UnknownRecord,
  of: Pick<BilledCustomer, 'paymentMethodId'> & { readonly customerId: string },
): BilledSubscription {
  const [id, status] = [textAt(json, 'id'), textAt(json, 'status')];
  if (id === null || status === null) {
    throw unknownShape('list live subscriptions', 'a subscription with an id and a status');
  }
  const ends = [
    ...entriesAt(json, 'items').map((item) => secondsAt(item, 'current_period_end')),
    secondsAt(json, 'current_period_end'),
  ].filter((end) => end !== null);
  const periodEnd = ends.length === 0 ? null : Math.min(...ends);
  return {
    id,
    customerId: of.customerId,
    status,
    itemIds: entriesAt(json, 'items')
      .map((item) => textAt(item, 'id'))
      .filter((itemId) => itemId !== null),
    periodEnd,
    trialEnd: secondsAt(json, 'trial_end'),
    endsAt: secondsAt(json, 'cancel_at') ?? (json['cancel_at_period_end'] === true ? periodEnd : null),
    collectionPaused: recordAt(json, 'pause_collection') !== null,
    isSent: textAt(json, 'collection_method') === 'send_invoice',
    paymentMethodId:
      idAt(json, 'default_payment_method') ?? idAt(json, 'default_source') ?? of.paymentMethodId,
    scheduleId: idAt(json, 'schedule'),
  };
}

function detailsIn(customer: UnknownRecord): BillingDetails {
  const address = recordAt(customer, 'address');
  const [name, email, phone] = ['name', 'email', 'phone'].map((field) => textAt(customer, field));
  return {
    name: name ?? null,
    email: email ?? null,
    phone: phone ?? null,
    address: address === null ? null : addressIn(address),
  };
}

function addressIn(address: UnknownRecord): BillingAddress {
  return {
    line1: textAt(address, 'line1'),
    line2: textAt(address, 'line2'),
    city: textAt(address, 'city'),
    state: textAt(address, 'state'),
    postal_code: textAt(address, 'postal_code'),
    country: textAt(address, 'country'),
  };
}
