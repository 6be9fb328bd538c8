/** Serves the hosted invoice page, and pays the invoice with the submitted form. */
import type { Challenge, InvoicePurpose } from '../model/challenge.ts';
import type { Invoice } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { plainPage } from '../pages/layout.ts';
import { FILL } from '../payments/card-form.ts';
import { cardInputOf, filledCard, problemsOf, readCard } from '../payments/card-input.ts';
import {
  asksForAuthentication,
  notAuthenticated,
  settleChallenge,
  startChallenge,
} from '../payments/challenges.ts';
import { createPaymentMethod } from '../payments/method-records.ts';
import type { Decline } from '../payments/test-cards.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import type { World } from '../world/world.ts';
import { type InvoiceForm, invoicePage, isPayable, newInvoiceForm } from './invoice-page.ts';
import { askForAuthentication, payOnPage } from './invoice-page-payment.ts';
import { failInvoiceAuthentication } from './invoice-settlement.ts';

export interface InvoiceRequest {
  readonly id: string;
  readonly method: string;
  readonly body: string;
  readonly query: URLSearchParams;
}

export function answerInvoice(world: World, { id, method, body, query }: InvoiceRequest): Answer {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) return htmlAnswer(404, plainPage('Not found', 'This invoice does not exist.'));
  const page = () => invoicePage(world, invoice, newInvoiceForm(world, invoice, query));
  if (method !== 'POST') return htmlAnswer(200, page());
  // A form that arrives again pays nothing.
  if (!isPayable(invoice)) return redirect(`/i/${id}`, page());
  return pay(world, invoice, new Params(decodeForm(body)));
}

/** Continues after the customer has answered the bank. */
export function finishInvoice(
  world: World,
  answered: { challenge: Challenge; purpose: InvoicePurpose; authenticated: boolean },
): Answer {
  const { challenge, purpose, authenticated } = answered;
  const invoice = world.store.invoices.get(purpose.invoice);
  const method = world.store.paymentMethods.get(challenge.payment_method);
  if (invoice === undefined || method === undefined || !isPayable(invoice))
    return redirect(`/i/${purpose.invoice}`);
  if (!authenticated) {
    failInvoiceAuthentication(world, invoice, method);
    return redirect(settleChallenge(world, challenge, notAuthenticated));
  }
  const decline = payOnPage(world, invoice, { method, authenticated, saves: purpose.saves });
  return redirect(settleChallenge(world, challenge, decline ?? 'complete'));
}

function pay(world: World, invoice: Invoice, params: Params): Answer {
  const form: InvoiceForm = {
    method: params.string('method') ?? 'new',
    input: cardInputOf(params),
    saves: params.string('save') === 'yes',
    problems: {},
  };
  const number = params.string(FILL);
  if (number !== undefined) {
    const input = filledCard(world, number, form.input.name);
    return htmlAnswer(200, invoicePage(world, invoice, { ...form, method: 'new', input }));
  }
  const show = (problems: InvoiceForm['problems']) =>
    htmlAnswer(402, invoicePage(world, invoice, { ...form, problems }));
  const { method, problems = {} } = methodOf(world, invoice, form);
  if (method === undefined) return show(problems);
  const saves = form.saves && method.customer === null;
  if (asksForAuthentication(method)) {
    askForAuthentication(world, invoice, method);
    const { amount_remaining: amount, currency } = invoice;
    const purpose = { type: 'invoice', invoice: invoice.id, saves } as const;
    return redirect(startChallenge(world, { purpose, payment_method: method.id, amount, currency }));
  }
  const decline = payOnPage(world, invoice, { method, authenticated: false, saves });
  if (decline === undefined) return redirect(`/i/${invoice.id}`);
  return show(method.customer === null ? problemsOf(decline) : savedProblem(decline));
}

/** A declined saved card has no field. */
function savedProblem({ message }: Decline): InvoiceForm['problems'] {
  return { form: message };
}

function methodOf(
  world: World,
  invoice: Invoice,
  form: InvoiceForm,
): { method?: PaymentMethod; problems?: InvoiceForm['problems'] } {
  if (form.method !== 'new') {
    const method = world.store.paymentMethods.get(form.method);
    if (method?.customer === invoice.customer) return { method };
    return { problems: { form: 'This card is not saved any more. Choose another one.' } };
  }
  const { details, problems } = readCard(world, form.input);
  if (details === undefined) return { problems };
  const billingDetails = { ...details.billingDetails, email: invoice.customer_email };
  return { method: createPaymentMethod(world, { ...details, billingDetails }) };
}
