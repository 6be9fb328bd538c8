/**
 * Decides how much of what was paid for a subscription is refunded by its policy, and through which payments. Pure. Each line of an
 * invoice says what was billed for which time, also after a change of the plan, so the unused part is counted by line and to
 * the second, as Stripe prorates.
 */
import type { PaidInvoice, PaidLine, PaidPayment, PaidSubscription, RefundSource } from './paid.ts';
import type { RefundPolicy, RefundTerms } from './policy.ts';

export interface RefundAmount {
  /** What the policy grants. Never more than was paid and not returned. */
  readonly amount: number;
  /** What is to be refunded of it, and through what. An earlier attempt may have refunded the rest. */
  readonly parts: readonly RefundPart[];
  /** What of it no payment in Stripe can refund. */
  readonly outside: number;
}

export interface RefundPart {
  readonly invoiceId: string;
  readonly source: RefundSource;
  readonly amount: number;
}

const DAY_SECONDS = 86_400;

export function refundAmount(paid: PaidSubscription, terms: RefundTerms): RefundAmount {
  const invoices = paid.invoices
    .map((invoice) => ({ invoice, share: shareOf(terms, invoice.paidAt), kept: keptOf(invoice) }))
    .filter(({ share }) => share !== 'nothing');
  let credit = paid.credit;
  let sum = 0;
  for (const { invoice, share, kept } of invoices) {
    const value = valueOf(invoice.lines, share, terms);
    if (invoice.total > 0) sum += portion(value, kept, invoice.total);
    else {
      // What a change credited is in the credit balance, as far as no other invoice has used it.
      const given = Math.min(credit, -invoice.total);
      credit -= given;
      sum += value + given;
    }
  }
  for (const line of paid.unbilled) {
    const share = shareOf(terms, line.createdAt);
    // What was used since the change and is not billed is set against it, or added where the change credited more.
    if (share !== 'nothing') sum += valueOf([line], share, terms) - line.amount;
  }
  const keptInAll = invoices.reduce((all, { kept }) => all + kept, 0);
  const amount = Math.max(0, Math.min(sum, keptInAll));
  return { amount, ...allocate(amount, invoices) };
}

/** What is refunded of a payment of this age: all that it paid for later time, its unused part, or nothing. */
type Share = 'whole' | 'unused' | 'nothing';

function shareOf({ policy, requestedAt }: RefundTerms, paidAt: number): Share {
  if (policy.kind !== 'full_within_days') return shares[policy.kind];
  return paidAt >= requestedAt - policy.days * DAY_SECONDS ? 'whole' : shares[policy.older];
}

const shares = { none: 'nothing', pro_rata: 'unused' } as const satisfies Record<
  Exclude<RefundPolicy['kind'], 'full_within_days'>,
  Share
>;

function valueOf(lines: readonly PaidLine[], share: Share, { requestedAt }: RefundTerms): number {
  return lines.reduce((sum, { amount, start, end }) => {
    if (end <= requestedAt || end <= start) return sum;
    return (
      sum + (share === 'whole' ? amount : prorated(amount, end - Math.max(start, requestedAt), end - start))
    );
  }, 0);
}

/** Rounds to the nearest unit, as Stripe does for each line. Amounts times seconds exceed what a number holds exactly. */
function prorated(amount: number, part: number, whole: number): number {
  const [doubled, divisor] = [2n * BigInt(Math.abs(amount)) * BigInt(part), 2n * BigInt(whole)];
  const rounded = Number((doubled + BigInt(whole)) / divisor);
  return amount < 0 ? -rounded : rounded;
}

/** The part of a value for which money was kept. Without the fraction, so that the parts are never more than the whole. */
function portion(value: number, kept: number, total: number): number {
  return Number((BigInt(value) * BigInt(kept)) / BigInt(total));
}

/** What was paid for the invoice and has not gone back. A debt that the payment also settled is no part of it. */
function keptOf({ payments, credited, total }: PaidInvoice): number {
  const kept = payments.reduce((sum, payment) => sum + keptOfPayment(payment), 0);
  return Math.max(0, Math.min(total, kept - credited));
}

function keptOfPayment({ paid, returned, disputed }: PaidPayment): number {
  return disputed ? 0 : Math.max(0, paid - returned);
}

interface Kept {
  readonly invoice: PaidInvoice;
  readonly kept: number;
}

/** Takes the amount from the newest payments first. A payment that this deletion has refunded before is not refunded again. */
function allocate(amount: number, invoices: readonly Kept[]): Pick<RefundAmount, 'parts' | 'outside'> {
  const newestFirst = [...invoices].sort((a, b) => b.invoice.paidAt - a.invoice.paidAt);
  const payments = newestFirst.flatMap(({ invoice, kept }) => {
    let left = kept;
    return invoice.payments.map((payment) => {
      const room = Math.min(left, keptOfPayment(payment));
      left -= room;
      return { invoiceId: invoice.id, payment, room };
    });
  });
  let left = amount - payments.reduce((sum, { payment: { ours } }) => sum + (ours?.amount ?? 0), 0);
  const parts: RefundPart[] = [];
  let outside = 0;
  for (const { invoiceId, payment, room } of inStripeFirst(payments)) {
    const part = payment.ours === null ? Math.min(Math.max(0, left), room) : 0;
    if (part === 0) continue;
    left -= part;
    if (payment.source === null) outside += part;
    else parts.push({ invoiceId, source: payment.source, amount: part });
  }
  return { parts, outside };
}

function inStripeFirst<One extends { readonly payment: PaidPayment }>(
  payments: readonly One[],
): readonly One[] {
  const isOutside = ({ payment }: One) => payment.source === null;
  return [...payments.filter((one) => !isOutside(one)), ...payments.filter(isOutside)];
}
