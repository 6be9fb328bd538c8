/** Shows what a change would bill, now and with the next invoice, before anything changes. */
import { noPlanOrder } from '../entitlement/plan-order.ts';
import type { Limited } from '../limits/request-limits.ts';
import { limitRequest } from '../limits/request-limits.ts';
import { nowSeconds } from '../system/clock.ts';
import { type ChangeServices, defaultWhen, PREVIEW_SECONDS, type When } from './change.ts';
import type { Changeable, PreviewedInvoice, PreviewedLine } from './changeable.ts';
import { type Direction, directionOf, type RatedItem } from './direction.ts';
import { type Finding, findSubscription, type OwnSubscription, readRecords } from './find.ts';
import { nextStep, type Step } from './next-step.ts';
import { refusalOfCredit } from './paid-back.ts';
import { markText, previewMarkOf } from './preview-mark.ts';
import { type ChangeRequest, type Wanted, type WantedRefusal, wantedOf } from './wanted.ts';

export interface ChangePreview {
  readonly kind: 'preview';
  /** The text to send with the change, so that it bills what is shown here. */
  readonly mark: string;
  readonly expiresAt: number;
  readonly direction: Direction;
  readonly when: When;
  readonly takesEffectAt: number;
  readonly currency: string;
  readonly dueNow: number;
  /** What the change credits, and the next invoices take into account. */
  readonly credit: number;
  readonly lines: readonly PreviewedLine[];
  /** Null: the subscription bills nothing more. */
  readonly next: { readonly amount: number; readonly at: number } | null;
  readonly subscription: Changeable;
}

export type PreviewOutcome =
  | ChangePreview
  | Exclude<Finding, OwnSubscription>
  | WantedRefusal
  | Extract<Step, { kind: 'refuse' }>
  | { readonly kind: 'account_deleted' }
  | Limited;

export type PreviewServices = Omit<ChangeServices, 'syncCustomer'>;

export function createPreview(services: PreviewServices) {
  return async (
    sub: string,
    order: { readonly request: ChangeRequest; readonly when?: When | undefined },
  ): Promise<PreviewOutcome> => {
    const records = await readRecords(services, sub);
    if (records.profile?.deletion != null) return { kind: 'account_deleted' };
    if (records.profile === undefined && records.row === undefined) return { kind: 'no_subscription' };
    const limited = await limitRequest(services, sub, 'preview');
    if (limited !== undefined) return limited;
    const found = await findSubscription(services, sub, records);
    if (found.kind !== 'found') return found;
    const seen = await services.subscriptions.readChangeable(found.subscriptionId);
    if (seen === 'missing') return { kind: 'no_subscription' };
    const { planOrder = noPlanOrder } = services.policy;
    const reading = wantedOf(seen, order.request, { catalogue: services.catalogue, planOrder });
    if (reading.kind === 'refused') return reading;
    const { wanted } = reading;
    const when = order.when ?? defaultWhen(seen, wanted, planOrder);
    const goal = { kind: 'change', wanted, when } as const;
    const step = nextStep(seen, goal);
    // What changes nothing shows what is, also of a subscription that cannot be changed now.
    if (step.kind === 'refuse' && wanted.edits.length > 0) return step;
    const unpaid = await refusalOfCredit(services, seen, { goal, row: records.row });
    if (unpaid !== undefined) return unpaid;
    return show(services, seen, { wanted, when, direction: directionOf(wanted.from, wanted.to, planOrder) });
  };
}

async function show(
  { subscriptions, clock, hash }: PreviewServices,
  seen: Changeable,
  change: { readonly wanted: Wanted; readonly when: When; readonly direction: Direction },
): Promise<ChangePreview> {
  const { wanted, when, direction } = change;
  const now = nowSeconds(clock);
  const query = { subscriptionId: seen.id, edits: wanted.edits };
  const billsNow = when === 'now' && seen.status !== 'trialing' && wanted.edits.length > 0;
  const end = periodEndOf(seen);
  const [due, period] = await Promise.all([
    billsNow ? subscriptions.previewChange({ ...query, prorationAt: now }) : nothing(seen.currency),
    seen.endsAt === null ? subscriptions.previewPeriod(query) : null,
  ]);
  const nextAt = billsNow && restarts(wanted) ? billedUntil(due, wanted.to.plan) : end;
  const subject = { seen, wanted, when };
  const mark = previewMarkOf({ prorationAt: now, amountDue: due.amountDue, subject, hash });
  return {
    kind: 'preview',
    mark: markText(mark),
    expiresAt: now + PREVIEW_SECONDS,
    direction,
    when,
    takesEffectAt: when === 'now' ? now : (end ?? now),
    currency: due.currency,
    dueNow: due.amountDue,
    credit: Math.max(0, -due.total),
    lines: due.lines,
    next: period === null || nextAt === null ? null : { amount: Math.max(0, period.total), at: nextAt },
    subscription: seen,
  };
}

function nothing(currency: string): PreviewedInvoice {
  return { currency, total: 0, amountDue: 0, lines: [] };
}

/** Returns when the first item is billed again. */
function periodEndOf({ items }: Changeable): number | null {
  const ends = items.map(({ periodEnd }) => periodEnd).filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** Another interval begins a new period at once. */
function restarts({ from, to }: Wanted): boolean {
  return from.plan.interval !== to.plan.interval || from.plan.intervalCount !== to.plan.intervalCount;
}

/** Returns the end of the period that the invoice bills for the plan: Stripe counts by the calendar. */
function billedUntil({ lines }: PreviewedInvoice, { priceId }: RatedItem): number | null {
  const ends = lines
    .filter((line) => !line.proration && line.priceId === priceId)
    .map(({ periodEnd }) => periodEnd)
    .filter((end) => end !== null);
  return ends.length === 0 ? null : Math.max(...ends);
}
