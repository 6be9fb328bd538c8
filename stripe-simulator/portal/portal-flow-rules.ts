/** What Stripe refuses about a flow of the portal: features that are off, and subscriptions that it does not apply to. */
import type { PortalConfiguration } from '../model/portal.ts';
import type { Subscription } from '../model/subscription.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import type { World } from '../world/world.ts';

type Feature = keyof PortalConfiguration['features'];

const featureOf: Readonly<Record<string, { readonly feature: Feature; readonly off: string }>> = {
  customer_update: {
    feature: 'customer_update',
    off: 'The customer cannot be updated because the customer update feature in the portal configuration is disabled.',
  },
  payment_method_update: {
    feature: 'payment_method_update',
    off: 'The payment method cannot be updated because the payment method update feature in the portal configuration is disabled.',
  },
  subscription_cancel: {
    feature: 'subscription_cancel',
    off: 'This subscription cannot be canceled because the subscription cancellation feature in the portal configuration is disabled.',
  },
  subscription_pause: {
    feature: 'subscription_pause',
    off: 'This subscription cannot be paused because the subscription pause feature in the portal configuration is disabled.',
  },
  subscription_update: {
    feature: 'subscription_update',
    off: 'This subscription cannot be updated because the subscription update feature in the portal configuration is disabled.',
  },
  subscription_update_confirm: {
    feature: 'subscription_update',
    off: 'This subscription cannot be updated because the subscription update feature in the portal configuration is disabled.',
  },
};

export function checkFlow(world: World, flow: Params, { features }: PortalConfiguration): void {
  const type = flow.string('type') ?? '';
  const rule = Object.hasOwn(featureOf, type) ? featureOf[type] : undefined;
  if (rule !== undefined && !features[rule.feature].enabled) throw invalidRequest({ message: rule.off });
  const details = flow.object(type);
  const id = details?.string('subscription');
  const subscription = id === undefined ? undefined : world.store.subscriptions.get(id);
  if (details === undefined || subscription === undefined) return;
  const param = details.nameOf('subscription');
  if (isEnded(subscription)) {
    throw invalidRequest({ message: `The subscription ${id} is already canceled.`, param });
  }
  const isEnding = subscription.cancel_at_period_end || subscription.cancel_at !== null;
  if (type === 'subscription_cancel' && isEnding) {
    const message = `The subscription ${id} is already set to be canceled at period end.`;
    throw invalidRequest({ message, param });
  }
  if (type === 'subscription_update' || type === 'subscription_update_confirm')
    checkSchedule(subscription, param);
  const updates = type === 'subscription_update' || type === 'subscription_update_confirm';
  if (updates && subscription.items.data.length > 1) {
    const message = `The subscription ${id} cannot be updated because it has multiple items.`;
    throw invalidRequest({ message, param });
  }
}

/** What a schedule manages, the customer cannot change in the portal. */
export function checkSchedule({ id, schedule }: Subscription, param?: string): void {
  if (schedule === null) return;
  throw invalidRequest({
    message: `The subscription ${id} cannot be updated because it is managed by the subscription schedule ${schedule}.`,
    ...(param === undefined ? {} : { param }),
  });
}
