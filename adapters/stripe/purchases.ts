/** Reads what our own checkout has sold once, from its sessions: they say what was sold, and their payments whether it counts. */
import { termNames, termsIn } from '../../core/catalogue/terms.ts';
import type { Reversal } from '../../core/entitlement/row.ts';
import type {
  OneTimePurchase,
  OneTimeReader,
  PurchaseList,
  SoldTerms,
} from '../../core/purchase/purchase.ts';
import { reversalOfPayment } from '../../core/subscription/period-invoice.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { secondsAt, unknownShape } from './json.ts';
import { isFromOurCheckout, stampIn } from './metadata.ts';
import { readPages } from './pages.ts';
import { readCharge } from './payments.ts';

const MAX_PAGES = 20;
const DECIMAL = /^[1-9]\d{0,8}$/;

/** The metadata keys of what a session sells. The terms have the names that they have on the price. */
const sold = {
  price: 'sold_price',
  lookupKey: 'sold_lookup_key',
  product: 'sold_product',
  quantity: 'sold_quantity',
} as const;

/** Returns the terms as a session's metadata: what is sold stays what it was, whatever becomes of the price. */
export function saleMetadata({ price, keys, quantity, access, features }: SoldTerms): Record<string, string> {
  const product = keys.find(isProduct);
  const lookupKey = keys.find((key) => !isProduct(key));
  return {
    [sold.price]: price,
    [sold.quantity]: String(quantity),
    ...(lookupKey === undefined ? {} : { [sold.lookupKey]: lookupKey }),
    ...(product === undefined ? {} : { [sold.product]: product }),
    ...(access === null
      ? {}
      : { [termNames.access]: access.kind === 'days' ? `${access.days}_days` : access.kind }),
    ...(features.length === 0 ? {} : { [termNames.features]: features.join(',') }),
  };
}

function isProduct(key: string): boolean {
  return key.startsWith('prod_');
}

/** Undefined: the session sells nothing once, or another version has written what this one does not understand. */
export function saleIn(session: UnknownRecord | null): SoldTerms | undefined {
  const metadata = recordAt(session, 'metadata');
  const price = textAt(metadata, sold.price);
  if (textAt(session, 'mode') !== 'payment' || !isFromOurCheckout(metadata) || price === null)
    return undefined;
  const { access, features } = termsIn(session);
  if (access === null && features.length === 0) return undefined;
  const keys = [textAt(metadata, sold.lookupKey), textAt(metadata, sold.product)].filter(
    (key) => key !== null,
  );
  const quantity = textAt(metadata, sold.quantity) ?? '';
  const byKey = [...features].sort((a, b) => (a < b ? -1 : 1));
  return { price, keys, quantity: DECIMAL.test(quantity) ? Number(quantity) : 1, access, features: byKey };
}

export function createOneTimeReader(stripe: StripeApi): OneTimeReader {
  return {
    listPurchases: (customer) => listPurchases(stripe, customer),
    readPurchase: async (id) => {
      const expand = ['customer', 'payment_intent.latest_charge'];
      const answer: unknown = await orMissing(
        'retrieve checkout',
        stripe.checkout.sessions.retrieve(id, { expand }),
      );
      const session = recordIn(answer);
      const purchase = session === null ? undefined : await purchaseIn(stripe, session);
      if (session === null || purchase === undefined) return 'missing';
      return { purchase, isOfDeleted: recordAt(session, 'customer')?.['deleted'] === true };
    },
  };
}

/** One call, and one for each purchase with refunds or disputes. */
async function listPurchases(stripe: StripeApi, customer: string): Promise<PurchaseList | 'missing'> {
  const operation = 'list completed checkouts';
  const expand = ['data.customer', 'data.payment_intent.latest_charge'];
  const found = await readPages({ operation, maxPages: MAX_PAGES }, (page) =>
    orMissing(operation, stripe.checkout.sessions.list({ customer, status: 'complete', expand, ...page })),
  );
  if (found === 'missing') return 'missing';
  const purchases = await Promise.all(found.map((session) => purchaseIn(stripe, session)));
  return { purchases: purchases.filter((one) => one !== undefined), owner: ownerIn(found[0]) };
}

function ownerIn(session: UnknownRecord | undefined): PurchaseList['owner'] {
  const customer = recordAt(session ?? null, 'customer');
  return customer === null || customer['deleted'] === true ? null : stampIn(recordAt(customer, 'metadata'));
}

async function purchaseIn(stripe: StripeApi, session: UnknownRecord): Promise<OneTimePurchase | undefined> {
  const terms = saleIn(session);
  if (terms === undefined) return undefined;
  const [sessionId, created] = [textAt(session, 'id'), secondsAt(session, 'created')];
  if (sessionId === null || created === null) {
    throw unknownShape('read checkout', 'a session with an id and its creation time');
  }
  const intent = recordAt(session, 'payment_intent');
  const state = stateOf(session, intent);
  if (state === undefined) return undefined;
  const charge = recordAt(intent, 'latest_charge');
  return {
    ...terms,
    sessionId,
    state,
    chargedAt: secondsAt(charge, 'created') ?? created,
    isExact: charge !== null && !isDebit(charge),
    reversal: state === 'pending' ? null : await reversalOf(stripe, charge),
    stamp: stampIn(recordAt(session, 'metadata')),
  };
}

/** With a voucher or a debit, a session completes before anything is paid. One whose payment has failed sold nothing. */
const awaited: ReadonlySet<string | null> = new Set(['processing', 'requires_action']);

function stateOf(session: UnknownRecord, intent: UnknownRecord | null): OneTimePurchase['state'] | undefined {
  switch (textAt(session, 'payment_status')) {
    case 'paid':
    case 'no_payment_required':
      return 'paid';
    case 'unpaid':
      return awaited.has(textAt(intent, 'status')) ? 'pending' : undefined;
    default:
      throw unknownShape('read checkout', 'a session with a known payment status');
  }
}

function isDebit(charge: UnknownRecord): boolean {
  const type = textAt(recordAt(charge, 'payment_method_details'), 'type') ?? '';
  return type.endsWith('_debit') || type.endsWith('_bank_account');
}

async function reversalOf(stripe: StripeApi, charge: UnknownRecord | null): Promise<Reversal | null> {
  if (charge === null) return null;
  const paid = integerAt(charge, 'amount_captured') ?? integerAt(charge, 'amount') ?? 0;
  return reversalOfPayment(paid, await readCharge(stripe, charge));
}
