/** Does what a customer does on the hosted pages: pays, or tries to with a card that is declined. */
import type { Simulation } from '../control/simulation.ts';
import type { PaymentOutcome, PaymentPage } from '../options.ts';
import { openInvoicesOf } from '../subscriptions/invoice-outcome.ts';

const GOOD_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';
/** Can be saved, but every charge fails. */
const FAILING_CARD = 'pm_card_chargeCustomerFail';

export interface Visitor {
  readonly simulation: Simulation;
  readonly url: string;
  readonly apiKey: string;
}

/** Pays a Checkout session, an invoice, or the open invoice of a subscription. */
export async function pay(visitor: Visitor, id: string, page: PaymentPage = {}): Promise<PaymentOutcome> {
  const { card = GOOD_CARD } = page;
  if (id.startsWith('cs_'))
    return submit(visitor, `/c/pay/${id}`, { email: emailFor(visitor, id, page), card });
  if (id.startsWith('in_')) return submit(visitor, `/i/${id}`, { card, save: 'yes' });
  if (!id.startsWith('sub_')) throw unknownKind(id);
  const [invoice] = openInvoicesOf(visitor.simulation.world, id);
  if (invoice === undefined)
    throw new Error(`The subscription ${id} has no open invoice that could be paid.`);
  return pay(visitor, invoice.id, page);
}

/**
 * Lets the payment of a Checkout session or an invoice be declined. A customer or a subscription gets a card whose later
 * charges fail.
 */
export async function decline(visitor: Visitor, id: string): Promise<PaymentOutcome> {
  if (/^(cs|in)_/.test(id)) return pay(visitor, id, { card: DECLINED_CARD });
  const { store } = visitor.simulation.world;
  const subscription = store.subscriptions.get(id);
  const customer = subscription?.customer ?? id;
  if (store.customers.get(customer) === undefined) throw unknownKind(id);
  const attached = await call(visitor, `payment_methods/${FAILING_CARD}/attach`, { customer });
  const place =
    subscription === undefined ? 'invoice_settings[default_payment_method]' : 'default_payment_method';
  const path = subscription === undefined ? `customers/${customer}` : `subscriptions/${id}`;
  await call(visitor, path, { [place]: attached.id });
  return { status: 'declined', message: 'Later payments are declined.' };
}

function emailFor({ simulation }: Visitor, id: string, { email }: PaymentPage): string {
  const session = simulation.world.store.checkoutSessions.get(id);
  const hasCustomer = session !== undefined && (session.customer !== null || session.customer_email !== null);
  return email ?? (hasCustomer ? '' : 'customer@example.com');
}

async function submit(
  { url }: Visitor,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<PaymentOutcome> {
  const post = (target: string, body: Readonly<Record<string, string>>) =>
    fetch(new URL(target, url), { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' });
  let answer = await post(path, fields);
  const next = answer.headers.get('location') ?? '';
  if (next.startsWith('/authenticate/')) {
    answer = await post(next, { outcome: 'complete' });
    // A decline after the authentication shows the form again.
    const back = answer.headers.get('location') ?? '';
    if (back.startsWith('/')) answer = await fetch(new URL(back, url), { redirect: 'manual' });
  }
  const message = messageIn(await answer.text());
  if (message !== undefined) return { status: 'declined', message };
  if (answer.status < 400) return { status: 'paid' };
  throw new Error(`The page ${path} answered ${answer.status}.`);
}

/** Returns the error that the page shows. */
function messageIn(page: string): string | undefined {
  return /role="alert">([^<]+)</.exec(page)?.[1];
}

async function call(
  { url, apiKey }: Visitor,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly id: string }> {
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiKey}` },
    body: new URLSearchParams(fields),
  });
  const body = (await response.json()) as {
    readonly id: string;
    readonly error?: { readonly message: string };
  };
  if (body.error !== undefined) throw new Error(body.error.message);
  return body;
}

function unknownKind(id: string): Error {
  return new Error(
    `Nothing can be paid with the id ${id}. Pass a Checkout session (cs_…), an invoice (in_…) or a subscription (sub_…).`,
  );
}
