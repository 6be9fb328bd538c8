/** The actions of customers in the portal, as far as its configuration allows them. */

import type { Customer } from '../model/customer.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { PortalConfiguration } from '../model/portal.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachPaymentMethod, detachPaymentMethod } from '../payments/payment-methods.ts';
import type { Answer } from '../protocol/answer.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { addProrations, prorationsOf } from '../subscriptions/prorations.ts';
import { billProrations } from '../subscriptions/renewal.ts';
import { pauseSubscription, resumeSubscription } from '../subscriptions/resumption.ts';
import { changeItems } from '../subscriptions/subscription-change.ts';
import { endSubscription } from '../subscriptions/subscription-end.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { changeSubscription, isEnded } from '../subscriptions/subscription-record.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { isNeeded } from './portal-cards.ts';
import { checkSchedule } from './portal-flow-rules.ts';
import { answerHeldChange } from './portal-held-change.ts';
import { offeredPrices } from './portal-subscription.ts';
import type { Portal } from './portal-view.ts';

type Feature = keyof PortalConfiguration['features'];
/** What a task leads to, if not to the page that says it is done: the bank's question, for example. */
export type Task = (portal: Portal, form: Params) => Answer | void;

/** What a task has done, as the next page says it. */
const doneTexts: Readonly<Record<string, string>> = {
  cancel: 'The cancellation is saved.',
  keep: 'The subscription continues.',
  update: 'The change of the plan is saved.',
  pause: 'The subscription is paused.',
  unpause: 'The subscription resumes.',
  card: 'The card is saved.',
  default: 'The default card is changed.',
  use: 'The subscription is charged to this card from now on.',
  remove: 'The card is removed.',
  details: 'Your details are saved.',
};

const UPDATED_EVENT = 'customer.subscription.updated';

export function doneText(task: string | null): string | undefined {
  return task !== null && Object.hasOwn(doneTexts, task) ? doneTexts[task] : undefined;
}

export const portalTasks: Readonly<Record<string, Task>> = {
  cancel: ifEnabled('subscription_cancel', (portal, form) => {
    cancel(portal, { subscription: subscriptionOf(portal, form), feedback: form.string('feedback') });
  }),
  keep: ifEnabled('subscription_cancel', (portal, form) => {
    const { id, cancellation_details: details } = subscriptionOf(portal, form);
    changeSubscription(portal.world, id, {
      patch: {
        cancel_at: null,
        cancel_at_period_end: false,
        canceled_at: null,
        cancellation_details: { ...details, reason: null },
      },
      event: UPDATED_EVENT,
    });
  }),
  update: ifEnabled('subscription_update', (portal, form) => {
    const quantity = form.integer('quantity');
    const subscription = subscriptionOf(portal, form);
    checkSchedule(subscription);
    changePlan(portal, subscription, { price: form.required('price'), quantity });
    return answerHeldChange(portal, subscription.id);
  }),
  pause: ifEnabled('subscription_pause', (portal, form) => {
    const subscription = subscriptionOf(portal, form);
    if (subscription.billing_mode.type !== 'flexible') {
      throw invalidRequest({ message: 'This subscription cannot be paused.' });
    }
    pauseSubscription(portal.world, subscription);
  }),
  unpause: ifEnabled('subscription_pause', (portal, form) => {
    const subscription = subscriptionOf(portal, form);
    resumeSubscription(portal.world, subscription, { anchor: 'now', behavior: 'resume_on_payment_attempt' });
  }),
  default: ifEnabled('payment_method_update', (portal, form) => {
    makeDefault(portal, savedCard(portal, form));
  }),
  use: ifEnabled('payment_method_update', (portal, form) => {
    payWith(portal, subscriptionOf(portal, form), savedCard(portal, form));
  }),
  remove: ifEnabled('payment_method_update', (portal, form) => {
    const method = savedCard(portal, form);
    if (isNeeded(portal, method)) {
      throw invalidRequest({ message: 'This card pays a subscription. Choose another card for it first.' });
    }
    detachPaymentMethod(portal.world, method);
  }),
  details: ifEnabled('customer_update', (portal, form) => {
    saveDetails(portal, form);
  }),
};

function ifEnabled(feature: Feature, task: Task): Task {
  return (portal, form) => {
    checkEnabled(portal, feature);
    return task(portal, form);
  };
}

export function checkEnabled({ configuration }: Portal, feature: Feature): void {
  if (configuration.features[feature].enabled) return;
  throw invalidRequest({ message: 'The portal configuration does not allow this.' });
}

export function subscriptionOf({ world, customer }: Portal, form: Params): Subscription {
  const subscription = world.store.subscriptions.get(form.required('subscription'));
  if (subscription?.customer === customer.id && !isEnded(subscription)) return subscription;
  throw invalidRequest({ message: 'This subscription does not exist or has ended.' });
}

/** Cancels a subscription. With flexible billing, `cancel_at` has the date and `cancel_at_period_end` stays false. */
function cancel(portal: Portal, request: { subscription: Subscription; feedback: string | undefined }): void {
  const { world } = portal;
  const { subscription } = request;
  const { mode, proration_behavior: behavior } = portal.configuration.features.subscription_cancel;
  const details = {
    ...subscription.cancellation_details,
    feedback: request.feedback ?? null,
    reason: 'cancellation_requested',
  };
  if (mode === 'at_period_end') {
    changeSubscription(world, subscription.id, {
      patch: {
        cancel_at: periodOf(subscription).end,
        cancel_at_period_end: subscription.billing_mode.type === 'classic',
        canceled_at: world.seconds(),
        cancellation_details: details,
      },
      event: UPDATED_EVENT,
    });
    return;
  }
  if (behavior !== 'none' && subscription.status !== 'trialing') {
    const prorationInput = { after: [], restarts: true, at: world.seconds() };
    addProrations(world, prorationsOf(world, subscription, prorationInput));
    if (behavior === 'always_invoice') billProrations(world, subscription);
  }
  endSubscription(world, world.store.subscriptions.get(subscription.id) ?? subscription, details);
}

function changePlan(
  portal: Portal,
  subscription: Subscription,
  request: { price: string; quantity: number | undefined },
): void {
  const [item] = subscription.items.data;
  const price = offeredPrices(portal, subscription.currency).find(({ id }) => id === request.price);
  if (item === undefined || price === undefined) {
    throw invalidRequest({ message: 'This plan is not available in the portal.' });
  }
  changeItems(portal.world, subscription, {
    edits: [
      {
        id: item.id,
        deleted: false,
        price,
        quantity: request.quantity,
        metadataAfter: (current) => current,
        nameOf: (name) => name,
      },
    ],
    prorationBehavior: portal.configuration.features.subscription_update.proration_behavior,
    prorationDate: null,
    paymentBehavior: 'pending_if_incomplete',
    anchorNow: false,
    endsTrial: false,
  });
}

function savedCard({ world, customer }: Portal, form: Params): PaymentMethod {
  const method = world.store.paymentMethods.get(form.required('method'));
  if (method?.customer === customer.id) return method;
  throw invalidRequest({ message: 'This card is not saved any more.' });
}

/** Saves a card, for a subscription or as the customer's default. */
export function saveCard(
  portal: Portal,
  { id }: PaymentMethod,
  subscription: Subscription | undefined,
): void {
  const method = attachPaymentMethod(portal.world, { id, customer: portal.customer.id });
  if (subscription === undefined) makeDefault(portal, method);
  else payWith(portal, subscription, method);
}

function makeDefault({ world, customer }: Portal, { id }: PaymentMethod): void {
  changeCustomer(world, customer, {
    invoice_settings: { ...customer.invoice_settings, default_payment_method: id },
  });
}

function payWith({ world }: Portal, { id }: Subscription, method: PaymentMethod): void {
  changeSubscription(world, id, { patch: { default_payment_method: method.id }, event: UPDATED_EVENT });
}

function saveDetails({ world, customer, configuration }: Portal, form: Params): void {
  const { allowed_updates: updates } = configuration.features.customer_update;
  const patch: Partial<Customer> = {};
  for (const name of ['email', 'name'] as const) {
    if (updates.includes(name) && form.has(name)) patch[name] = form.string(name) ?? null;
  }
  changeCustomer(world, customer, patch);
}

function changeCustomer(world: World, { id }: Customer, patch: Partial<Customer>): void {
  change(world, world.store.customers, { id, patch, event: 'customer.updated' });
}
