/** The hosted invoice page: what is billed, and the form to pay it or the receipt. */

import type { Invoice } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { formatDay, formatExpiry, formatMethod, formatMoney } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { alert, badge, page } from '../pages/layout.ts';
import { cardFields, testCardList } from '../payments/card-form.ts';
import { type CardInput, filledCard, type Problems } from '../payments/card-input.ts';
import { failedAttempt } from '../payments/challenges.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { subscriptionOf } from '../subscriptions/invoice-outcome.ts';
import type { World } from '../world/world.ts';
import { invoiceIntents } from './invoice-payment.ts';

export interface InvoiceForm {
  /** The chosen saved card, or `new`. */
  readonly method: string;
  readonly input: CardInput;
  readonly saves: boolean;
  readonly problems: Problems;
}

export function isPayable({ status }: Invoice): boolean {
  return status === 'open' || status === 'uncollectible';
}

/** The form before it is filled in, or after the attempt that the query names. */
export function newInvoiceForm(world: World, invoice: Invoice, query: URLSearchParams): InvoiceForm {
  const failed = failedAttempt(world, query.get('attempt'), `/i/${invoice.id}`);
  const [saved] = savedMethods(world, invoice);
  const problems = failed?.problems ?? {};
  const input = failed?.input ?? filledCard(world);
  const method = failed?.challenge.payment_method ?? saved?.id ?? 'new';
  const isSaved = world.store.paymentMethods.get(method)?.customer === invoice.customer;
  return { method: isSaved ? method : 'new', input, saves: invoice.parent !== null, problems };
}

export function invoicePage(world: World, invoice: Invoice, form: InvoiceForm): string {
  const title = `Invoice ${invoice.number ?? '(draft)'}`;
  const isError = Object.keys(form.problems).length > 0;
  return page(
    { title, kind: 'checkout', isError },
    html`<div class="columns">
<section class="panel" aria-labelledby="title">
<h1 id="title">${title}</h1>
<p>${badge(invoice.status)}</p>
<p class="price">${formatMoney(isPayable(invoice) ? invoice.amount_remaining : invoice.total, invoice.currency)}</p>
<p class="soft">${dateText(invoice)}</p>
${facts(invoice)}
${lines(invoice)}
</section>
${isPayable(invoice) ? paymentForm(world, invoice, form) : outcome(world, invoice)}
</div>`,
  );
}

function dateText({ status, status_transitions: times, due_date: due }: Invoice): string {
  if (status === 'paid') return `Paid on ${formatDay(times.paid_at ?? 0)}`;
  if (status === 'void') return `Void since ${formatDay(times.voided_at ?? 0)}`;
  if (status === 'draft') return 'Not finalized yet';
  return due === null ? 'Due now' : `Due on ${formatDay(due)}`;
}

function facts({ customer_name: name, customer_email: email, created, description }: Invoice): Html {
  const billed = [name, email].filter((part) => part !== null).join(', ');
  return html`<dl class="facts">
${billed === '' ? undefined : html`<dt>Billed to</dt><dd>${billed}</dd>`}
<dt>Date</dt><dd>${formatDay(created)}</dd>
${description === null ? undefined : html`<dt>Note</dt><dd>${description}</dd>`}
</dl>`;
}

function lines(invoice: Invoice): Html {
  const money = (amount: number) => formatMoney(amount, invoice.currency);
  const balance = invoice.amount_due - invoice.total;
  const credited = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
  const row = (
    label: string,
    amount: number,
  ) => html`<div><span>${label}</span><span>${money(amount)}</span></div>
`;
  return html`<div class="lines spaced">
${invoice.lines.data.map((line) => row(line.description ?? 'Item', line.amount))}
<div class="total"><span>Total</span><span>${money(invoice.total)}</span></div>
${balance === 0 || invoice.status === 'draft' ? undefined : row('Customer balance', balance)}
${credited === 0 ? undefined : row('Credit notes', -credited)}
${invoice.amount_paid === 0 ? undefined : row('Amount paid', invoice.amount_paid)}
<div class="total"><span>Amount due</span><span>${money(isPayable(invoice) ? invoice.amount_remaining : 0)}</span></div>
</div>`;
}

function paymentForm(world: World, invoice: Invoice, form: InvoiceForm): Html {
  const saved = savedMethods(world, invoice);
  const { problems } = form;
  const fields = cardFields({ input: form.input, problems, required: saved.length === 0 });
  return html`<form method="post" action="/i/${invoice.id}/pay" class="panel" aria-label="Payment">
${alert(problems.form)}
${invoice.status === 'uncollectible' ? html`<p class="notice warn">This invoice is marked as uncollectible. It can still be paid.</p>` : undefined}
${waitsForCustomer(world, invoice) ? html`<p class="notice warn">The bank asks you to authenticate this payment.</p>` : undefined}
${saved.length === 0 ? html`<input type="hidden" name="method" value="new">` : methodChoice(saved, form)}
${fields}
<label class="choice"><input type="checkbox" name="save" value="yes"${form.saves ? html` checked` : undefined}> Save this card for later payments</label>
<button type="submit" class="full" data-busy="Processing…">Pay ${formatMoney(invoice.amount_remaining, invoice.currency)}</button>
${testCardList(world, form.input)}
</form>`;
}

function methodChoice(saved: readonly PaymentMethod[], form: InvoiceForm): Html {
  const choice = (id: string, label: string) =>
    html`<label class="choice"><input type="radio" name="method" value="${id}"${id === form.method ? html` checked` : undefined}> ${label}</label>
`;
  return html`<fieldset>
<legend>Pay with</legend>
${saved.map((method) => choice(method.id, labelOf(method)))}${choice('new', 'Another card')}
</fieldset>`;
}

function labelOf(method: PaymentMethod): string {
  const name = formatMethod(method);
  return method.card === undefined ? name : `${name}, expires ${formatExpiry(method.card)}`;
}

function waitsForCustomer(world: World, { id }: Invoice): boolean {
  return invoiceIntents(world, id).some(({ status }) => status === 'requires_action');
}

/** Returns the customer's cards, the one that the invoice would be charged to first. */
function savedMethods(world: World, invoice: Invoice): PaymentMethod[] {
  const { customer } = invoice;
  const subscription = subscriptionOf(world, invoice);
  const first = defaultPaymentMethod(world, {
    customer,
    ...(subscription === undefined ? {} : { subscription }),
  });
  const all = world.store.paymentMethods.where('customer', customer).reverse();
  return first === undefined ? all : [first, ...all.filter(({ id }) => id !== first.id)];
}

function outcome(world: World, invoice: Invoice): Html {
  const { status } = invoice;
  if (status === 'paid') return receipt(world, invoice);
  const text =
    status === 'void'
      ? 'This invoice is void. Nothing is due, and it cannot be paid.'
      : 'This invoice is a draft. It can be paid once it is finalized.';
  return html`<section class="panel" aria-labelledby="outcome"><h2 id="outcome">Nothing to pay</h2><p>${text}</p></section>`;
}

function receipt(world: World, invoice: Invoice): Html {
  const { store } = world;
  const charges = invoiceIntents(world, invoice.id).flatMap(({ latest_charge: id }) => {
    const charge = id === null ? undefined : store.charges.get(id);
    return charge?.paid === true ? [charge] : [];
  });
  const rows = charges.map((charge) => {
    const method = store.paymentMethods.get(charge.payment_method);
    const refunded =
      charge.amount_refunded === 0
        ? ''
        : `, ${formatMoney(charge.amount_refunded, charge.currency)} refunded`;
    return html`<dt>${method === undefined ? 'Card' : formatMethod(method)}</dt><dd>${formatMoney(charge.amount, charge.currency)} on ${formatDay(charge.created)}${refunded}</dd>
`;
  });
  return html`<section class="panel" aria-labelledby="outcome">
<h2 id="outcome">Receipt</h2>
<p>This invoice is paid. Thank you.</p>
${rows.length === 0 ? html`<p class="soft">No card was charged.</p>` : html`<dl class="facts">${rows}</dl>`}
</section>`;
}
