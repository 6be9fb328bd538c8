/** The mark of a preview: what was shown, so that a change bills exactly that or is refused. Pure. */
import type { Changeable } from './changeable.ts';
import { billedText, type Wanted } from './wanted.ts';

export interface PreviewMark {
  /** The second for which the difference was calculated. */
  readonly prorationAt: number;
  readonly amountDue: number;
  /** A hash of what would change, and of what decides what it costs. */
  readonly digest: string;
}

export interface PreviewSubject {
  readonly seen: Changeable;
  readonly wanted: Wanted;
  readonly when: 'now' | 'period_end';
}

const DIGEST_LENGTH = 24;

export function previewMarkOf(shown: {
  readonly prorationAt: number;
  readonly amountDue: number;
  readonly subject: PreviewSubject;
  readonly hash: (text: string) => string;
}): PreviewMark {
  const { prorationAt, amountDue, subject, hash } = shown;
  const { seen, wanted, when } = subject;
  const billed = [
    seen.id,
    seen.items.map(itemState).sort(),
    seen.latestInvoiceId,
    seen.status,
    seen.trialEnd,
  ];
  const target = [billedText(wanted.items), when];
  const digest = hash(JSON.stringify(['preview', prorationAt, amountDue, billed, target]));
  return { prorationAt, amountDue, digest: digest.slice(0, DIGEST_LENGTH) };
}

const SHAPE = /^(\d{1,12})-(\d{1,15})-([0-9a-f]{24})$/;

export function markText({ prorationAt, amountDue, digest }: PreviewMark): string {
  return `${prorationAt}-${amountDue}-${digest}`;
}

/** Returns undefined for a text that no preview has answered. */
export function readMark(text: string): PreviewMark | undefined {
  const [, at, amount, digest] = SHAPE.exec(text) ?? [];
  if (at === undefined || amount === undefined || digest === undefined) return undefined;
  return { prorationAt: Number(at), amountDue: Number(amount), digest };
}

/** Everything by which two states of a subscription differ for a change: requests that have seen the same share their keys. */
export function stateOf(seen: Changeable): readonly unknown[] {
  const { id, status, items, endsAt, endsWithPeriod, trialEnd, latestInvoiceId, pending, schedule } = seen;
  return [
    id,
    status,
    items.map(itemState).sort(),
    [endsAt, endsWithPeriod, trialEnd, latestInvoiceId],
    pending === null ? null : [pending.items, pending.invoiceId],
    schedule,
  ];
}

function itemState({ itemId, priceId, quantity, periodEnd }: Changeable['items'][number]): string {
  return JSON.stringify([itemId, priceId, quantity, periodEnd]);
}
