/** Implements the changes of subscriptions with Stripe. Each call changes one thing, or nothing. */
import type { Stripe } from 'stripe';
import type {
  BilledItem,
  ChangeEnder,
  ItemEdit,
  PreviewedInvoice,
  PreviewedLine,
  SubscriptionChanger,
  WriteResult,
} from '../../core/change/changeable.ts';
import { Fault } from '../../core/system/fault.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { StripeError } from './error.ts';
import { entriesAt, idAt, objectIn, secondsAt, unknownShape } from './json.ts';
import { nextPhases } from './next-phases.ts';
import { changeableIn, changeableParts, PLANNED } from './read-changeable.ts';
import { embeddedItems } from './read-subscription.ts';
import { allItems } from './subscriptions.ts';

export function createChanger(stripe: StripeApi): SubscriptionChanger & ChangeEnder {
  const { subscriptions, subscriptionSchedules: schedules } = stripe;
  return {
    readChangeable: async (id) => {
      const operation = 'read subscription';
      const params = { expand: changeableParts };
      const answer: unknown = await orMissing(operation, subscriptions.retrieve(id, params));
      if (answer === 'missing') return 'missing';
      const json = objectIn(operation, answer, 'subscription');
      return changeableIn(json, embeddedItems(json) ?? (await allItems(stripe, json)));
    },
    previewChange: ({ subscriptionId, edits, prorationAt }) =>
      preview(stripe, subscriptionId, {
        mode: 'next',
        details: {
          items: edits.map(itemOf),
          proration_behavior: 'always_invoice',
          proration_date: prorationAt,
        },
      }),
    previewPeriod: ({ subscriptionId, edits }) =>
      preview(stripe, subscriptionId, {
        mode: 'recurring',
        details: edits.length === 0 ? {} : { items: edits.map(itemOf) },
      }),
    changeItems: ({ subscriptionId, edits, prorationAt }, key) =>
      write('change subscription', {
        send: () =>
          subscriptions.update(
            subscriptionId,
            {
              items: edits.map(itemOf),
              // Billed now and not with the next invoice, so that the payment can decide whether the change applies.
              proration_behavior: 'always_invoice',
              ...(prorationAt === null ? {} : { proration_date: prorationAt }),
              payment_behavior: 'pending_if_incomplete',
            },
            { idempotencyKey: key },
          ),
      }),
    createSchedule: (subscriptionId, key) =>
      write('create schedule', {
        // Stripe accepts nothing else with it.
        send: () => schedules.create({ from_subscription: subscriptionId }, { idempotencyKey: key }),
      }),
    planNext: ({ scheduleId, items }, key) => planNext(stripe, { scheduleId, items }, key),
    undoEnd: ({ subscriptionId, withPeriod }, key) =>
      write('undo end of subscription', {
        send: () =>
          subscriptions.update(
            subscriptionId,
            withPeriod ? { cancel_at_period_end: false } : { cancel_at: '' },
            { idempotencyKey: key },
          ),
      }),
    ...enderOf(stripe),
  };
}

/** What core/gate alone calls. */
function enderOf({ subscriptions, subscriptionSchedules: schedules, invoices }: StripeApi): ChangeEnder {
  return {
    releaseSchedule: (scheduleId, key) =>
      write('release schedule', {
        send: () => schedules.release(scheduleId, {}, { idempotencyKey: key }),
      }),
    discardChange: (invoiceId, key) =>
      write('void invoice', { send: () => invoices.voidInvoice(invoiceId, {}, { idempotencyKey: key }) }),
    endWithPeriod: ({ subscriptionId, feedback, comment }, key) =>
      write('schedule end of subscription', {
        send: () =>
          subscriptions.update(
            subscriptionId,
            {
              cancel_at_period_end: true,
              ...(feedback === null && comment === null
                ? {}
                : { cancellation_details: detailsOf(feedback, comment) }),
            },
            { idempotencyKey: key },
          ),
      }),
  };
}

function detailsOf(
  feedback: string | null,
  comment: string | null,
): Stripe.SubscriptionUpdateParams.CancellationDetails {
  return {
    ...(feedback === null ? {} : { feedback: feedback }),
    ...(comment === null ? {} : { comment }),
  };
}

function itemOf({ itemId, priceId, quantity }: ItemEdit): Stripe.SubscriptionUpdateParams.Item {
  if (priceId === null || quantity === null)
    return { ...(itemId === null ? {} : { id: itemId }), deleted: true };
  return { ...(itemId === null ? {} : { id: itemId }), price: priceId, quantity };
}

/** What the period has now, and its discounts and taxes, stay as they are: an update replaces all phases. */
async function planNext(
  stripe: StripeApi,
  { scheduleId, items }: { readonly scheduleId: string; readonly items: readonly BilledItem[] },
  key: string,
): Promise<WriteResult> {
  const { subscriptionSchedules: schedules } = stripe;
  const operation = 'plan change of subscription';
  const answer: unknown = await callStripe(operation, schedules.retrieve(scheduleId));
  const phases = nextPhases(objectIn(operation, answer, 'subscription_schedule'), items);
  const params = {
    phases,
    end_behavior: 'release' as const,
    proration_behavior: 'none' as const,
    metadata: { [PLANNED]: 'true' },
  };
  return write(operation, { send: () => schedules.update(scheduleId, params, { idempotencyKey: key }) });
}

const KEY_IN_USE = 'idempotency_key_in_use';

/** Returns what Stripe refuses, so that the subscription is read again: another request may have changed it. */
async function write(
  operation: string,
  { send }: { readonly send: () => Promise<unknown> },
): Promise<WriteResult> {
  const sent = send().then(
    () => 'done' as const,
    (cause: unknown) => {
      if (isOfAnotherRequest(cause)) return 'taken' as const;
      if (isStored(cause)) return 'stored' as const;
      throw cause;
    },
  );
  try {
    return await callStripe(operation, sent);
  } catch (fault) {
    const { code, statusCode = 0 } = fault instanceof Fault ? fault.details : {};
    // A key without a permission is no state of the subscription.
    const isOfState = code === 'refused' && [400, 402, 404].includes(statusCode);
    if (isOfState) return { refused: fault as Fault };
    throw fault;
  }
}

function isOfAnotherRequest(cause: unknown): boolean {
  if (!(cause instanceof StripeError)) return false;
  return cause.code === KEY_IN_USE || (cause.statusCode === 400 && cause.rawType === 'idempotency_error');
}

function isStored(cause: unknown): boolean {
  return (
    cause instanceof StripeError && cause.statusCode >= 500 && cause.headers['idempotent-replayed'] === 'true'
  );
}

interface PreviewTerms {
  readonly details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails;
  readonly mode: 'next' | 'recurring';
}

async function preview(
  stripe: StripeApi,
  subscription: string,
  { details, mode }: PreviewTerms,
): Promise<PreviewedInvoice> {
  const operation = 'preview invoice';
  const params = {
    subscription,
    ...(mode === 'next' ? {} : { preview_mode: mode }),
    ...(Object.keys(details).length === 0 ? {} : { subscription_details: details }),
  };
  const invoice = recordIn(await callStripe(operation, stripe.invoices.createPreview(params)));
  const currency = textAt(invoice, 'currency');
  const total = integerAt(invoice, 'total');
  const amountDue = integerAt(invoice, 'amount_due');
  if (invoice === null || currency === null || total === null || amountDue === null)
    throw unknownShape(operation, 'an invoice with a currency, a total and an amount due');
  return { currency, total, amountDue, lines: entriesAt(invoice, 'lines').map(lineIn) };
}

function lineIn(json: UnknownRecord): PreviewedLine {
  const parent = recordAt(json, 'parent');
  const details = recordAt(parent, 'subscription_item_details') ?? recordAt(parent, 'invoice_item_details');
  const period = recordAt(json, 'period');
  return {
    description: textAt(json, 'description'),
    amount: integerAt(json, 'amount') ?? 0,
    proration: details?.['proration'] === true,
    priceId: idAt(recordAt(recordAt(json, 'pricing'), 'price_details'), 'price'),
    quantity: integerAt(json, 'quantity'),
    periodStart: secondsAt(period, 'start'),
    periodEnd: secondsAt(period, 'end'),
  };
}
