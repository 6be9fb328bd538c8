/** `POST /v1/subscriptions/:id`: applies the changed fields and their consequences. */

import { replaceDiscounts } from '../discounts/discounts.ts';
import { addedItems } from '../invoices/invoice-item-record.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachedPaymentMethod } from '../payments/payment-methods.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { automaticTaxIn, automaticTaxRecord, requireLocation } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { changeTerms, itemEdit } from './change-params.ts';
import { creditUnused } from './final-invoice.ts';
import { trialSettings } from './new-subscription.ts';
import { billProrations, endTrial } from './renewal.ts';
import { changeItems } from './subscription-change.ts';
import { discountsIn } from './subscription-create.ts';
import { periodOf } from './subscription-items.ts';
import { getSubscription } from './subscription-lookup.ts';
import { changeSubscription, isEnded } from './subscription-record.ts';
import { announceShortTrial, announceTrialEnd } from './subscription-start.ts';
import { trialEndIn } from './trial-params.ts';

const alwaysEditable: readonly string[] = ['metadata', 'cancellation_details', 'expand'];
const UPDATED_EVENT = 'customer.subscription.updated';

export function updateSubscription(world: World, { id, params }: ApiRequest): Subscription {
  const current = getSubscription(world, id);
  if (isEnded(current) && params.names().some((name) => !alwaysEditable.includes(name))) {
    throw invalidRequest({
      message: 'A canceled subscription can only update its cancellation_details and metadata.',
    });
  }
  checkPendingTerms(params);
  const patch: Partial<Subscription> = {
    metadata: mergeMetadata(current.metadata, params),
    ...plainPatch(world, current, params),
    ...cancellationPatch(world, current, params),
  };
  const endsTrial = current.status === 'trialing' && params.string('trial_end') === 'now';
  const edits = params.objects('items')?.map((item) => itemEdit(world, item)) ?? [];
  const terms = changeTerms(params);
  // What the invoice of a change depends on is set before it.
  const priced = changeAmountTerms(world, current, params);
  const startsTrial = current.status !== 'trialing' && trialEndIn(world, params) !== undefined;
  if (startsTrial && terms.prorationBehavior !== 'none') creditUnused(world, current);
  // Within a trial, a change of the items is free.
  const before = startsTrial ? { ...priced, status: 'trialing' } : priced;
  if (edits.length > 0 || terms.anchorNow) changeItems(world, before, { ...terms, edits, endsTrial });
  const trial = trialPatch(world, getSubscription(world, id), params);
  const changed = changeSubscription(world, id, { patch: { ...patch, ...trial }, event: UPDATED_EVENT });
  if (startsTrial && terms.prorationBehavior === 'always_invoice') billProrations(world, changed);
  if (!endsTrial) {
    if (changed.trial_end !== current.trial_end) announceShortTrial(world, changed);
    return world.store.subscriptions.get(id) ?? changed;
  }
  announceTrialEnd(world, changed);
  return endTrial(world, changed, { billingReason: 'subscription_update', timing: 'immediately' });
}

/** What a change that waits for its payment can consist of. Stripe refuses everything else with it. */
const pendingTerms: readonly string[] = [
  'add_invoice_items',
  'billing_cycle_anchor',
  'expand',
  'items',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'trial_end',
  'trial_from_plan',
];

function checkPendingTerms(params: Params): void {
  if (params.string('payment_behavior') !== 'pending_if_incomplete') return;
  const other = params.names().filter((name) => !pendingTerms.includes(name));
  if (other.length === 0) return;
  throw invalidRequest({
    message: `When \`payment_behavior\` is set to \`pending_if_incomplete\`, you can only pass the parameters that pending updates support. Unsupported parameters: ${other.join(', ')}.`,
    ...(other[0] === undefined ? {} : { param: other[0] }),
  });
}

/** Sets the discounts, the taxes and the one-time items of the next invoice. */
function changeAmountTerms(world: World, current: Subscription, params: Params): Subscription {
  const { id, customer, currency } = current;
  const patch: Partial<Subscription> = {};
  const taxRates = taxRatesOf(world, params, 'default_tax_rates');
  if (taxRates !== undefined) patch.default_tax_rates = taxRates;
  const automatic = automaticTaxIn(params);
  if (automatic === true) requireLocation(world, customer);
  if (automatic !== undefined) patch.automatic_tax = automaticTaxRecord(automatic);
  const redeemables = discountsIn(world, params, { currency, customer });
  if (redeemables !== undefined) patch.discounts = replaceDiscounts(world, current, redeemables);
  const parent = { subscription_details: { subscription: id }, type: 'subscription_details' } as const;
  for (const row of addedItems(world, params, { customer, parent }))
    add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  if (Object.keys(patch).length === 0) return current;
  return changeSubscription(world, id, { patch, event: UPDATED_EVENT });
}

function plainPatch(world: World, current: Subscription, params: Params): Partial<Subscription> {
  const patch: Partial<Subscription> = {};
  const description = params.nullable('description');
  if (description !== undefined) patch.description = description;
  const daysUntilDue = params.integer('days_until_due');
  if (daysUntilDue !== undefined) patch.days_until_due = daysUntilDue;
  const collection = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  if (collection !== undefined) patch.collection_method = collection;
  const method = params.nullable('default_payment_method');
  if (method === null) patch.default_payment_method = null;
  else if (method !== undefined) {
    const reference = { id: method, customer: current.customer, param: 'default_payment_method' };
    patch.default_payment_method = attachedPaymentMethod(world, reference).id;
  }
  if (params.has('pause_collection')) patch.pause_collection = pauseOf(params.object('pause_collection'));
  const missing = params
    .object('trial_settings')
    ?.object('end_behavior')
    ?.oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause']);
  if (missing !== undefined) patch.trial_settings = trialSettings(missing);
  return patch;
}

function pauseOf(params: Params | undefined): Subscription['pause_collection'] {
  if (params === undefined) return null;
  const behavior = params.oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void']);
  return { behavior: behavior ?? 'void', resumes_at: params.integer('resumes_at') ?? null };
}

function cancellationPatch(world: World, current: Subscription, params: Params): Partial<Subscription> {
  const atEnd = params.boolean('cancel_at_period_end');
  const at = params.nullable('cancel_at');
  if (atEnd === true && typeof at === 'string') {
    throw invalidRequest({
      message: 'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
    });
  }
  if (current.schedule !== null && (atEnd !== undefined || at !== undefined)) {
    throw invalidRequest({
      message: `The subscription is managed by the subscription schedule ${current.schedule}, and updating any cancelation behavior directly is not allowed.`,
    });
  }
  const patch: Partial<Subscription> = {};
  const details = params.object('cancellation_details');
  const requested = { comment: details?.nullable('comment'), feedback: details?.nullable('feedback') };
  const { comment = current.cancellation_details.comment, feedback = current.cancellation_details.feedback } =
    requested;
  const now = world.seconds();
  const { end } = periodOf(current);
  const latest = Math.max(...current.items.data.map((item) => item.current_period_end));
  if (atEnd === true) Object.assign(patch, { cancel_at_period_end: true, cancel_at: end, canceled_at: now });
  else if (typeof at === 'string') Object.assign(patch, cancelAtPatch(params, { at, end, latest, now }));
  const undone = (atEnd === false && current.cancel_at_period_end) || at === null;
  if (undone && atEnd !== true) {
    Object.assign(patch, { cancel_at_period_end: false, cancel_at: null, canceled_at: null });
  }
  const scheduled = patch.cancel_at ?? null;
  const reason = scheduled === null ? current.cancellation_details.reason : 'cancellation_requested';
  return {
    ...patch,
    cancellation_details: {
      ...current.cancellation_details,
      comment,
      feedback,
      reason: undone ? null : reason,
    },
  };
}

function cancelAtPatch(
  params: Params,
  { at, end, latest, now }: { at: string; end: number; latest: number; now: number },
): object {
  // Flexible billing sets the end of the period in `cancel_at` and leaves `cancel_at_period_end` false.
  const periodEnds: Readonly<Record<string, number>> = { min_period_end: end, max_period_end: latest };
  const seconds = periodEnds[at] ?? params.integer('cancel_at') ?? 0;
  if (seconds <= now) {
    throw invalidRequest({
      message: 'The cancellation timestamp must be in the future.',
      param: 'cancel_at',
    });
  }
  return { cancel_at: seconds, cancel_at_period_end: false, canceled_at: now };
}

function trialPatch(world: World, current: Subscription, params: Params): Partial<Subscription> {
  const end = trialEndIn(world, params);
  if (end === undefined) return {};
  const begins = current.status !== 'trialing';
  const start = begins ? { current_period_start: world.seconds() } : {};
  const data = current.items.data.map((item) => ({ ...item, ...start, current_period_end: end }));
  return {
    status: 'trialing',
    billing_cycle_anchor: end,
    items: { ...current.items, data },
    trial_end: end,
    trial_start: begins ? world.seconds() : current.trial_start,
  };
}
