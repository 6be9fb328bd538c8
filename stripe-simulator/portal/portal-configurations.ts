/** Creates and updates portal configurations. */

import type { PortalConfiguration, PortalProduct } from '../model/portal.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { blankConfiguration } from './default-configuration.ts';

type Features = PortalConfiguration['features'];

const prorationBehaviors = ['always_invoice', 'create_prorations', 'none'] as const;

export function createConfiguration(world: World, { params }: ApiRequest): PortalConfiguration {
  if (!params.has('features')) throw missingParameter('features');
  const blank = blankConfiguration(world);
  const off: Features = {
    ...blank.features,
    customer_update: { allowed_updates: [], enabled: false },
    invoice_history: { enabled: false },
    payment_method_update: { ...blank.features.payment_method_update, enabled: false },
    subscription_cancel: { ...blank.features.subscription_cancel, enabled: false },
    subscription_update: {
      ...blank.features.subscription_update,
      default_allowed_updates: [],
      enabled: false,
      proration_behavior: 'none',
    },
  };
  const row = { ...blank, ...patchOf({ ...blank, features: off }, params) };
  return add(world, world.store.portalConfigurations, { row, event: 'billing_portal.configuration.created' });
}

export function updateConfiguration(world: World, { id, params }: ApiRequest): PortalConfiguration {
  const current = getConfiguration(world, id);
  const active = params.boolean('active') ?? current.active;
  if (!active && current.is_default) {
    throw invalidRequest({ message: 'The default configuration cannot be made inactive.', param: 'active' });
  }
  return change(world, world.store.portalConfigurations, {
    id,
    patch: { ...patchOf(current, params), active, updated: world.ownSeconds() },
    event: 'billing_portal.configuration.updated',
  });
}

function patchOf(current: PortalConfiguration, params: Params): Partial<PortalConfiguration> {
  const profile = params.object('business_profile');
  const { business_profile: old } = current;
  return {
    business_profile: {
      headline: valueOr(profile?.nullable('headline'), old.headline),
      privacy_policy_url: valueOr(profile?.nullable('privacy_policy_url'), old.privacy_policy_url),
      terms_of_service_url: valueOr(profile?.nullable('terms_of_service_url'), old.terms_of_service_url),
    },
    default_return_url: valueOr(params.nullable('default_return_url'), current.default_return_url),
    features: featuresOf(current.features, params.object('features')),
    metadata: mergeMetadata(current.metadata, params),
    name: valueOr(params.nullable('name'), current.name),
  };
}

function valueOr<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value;
}

function featuresOf(old: Features, params: Params | undefined): Features {
  if (params === undefined) return old;
  const enabled = (name: keyof Features) => params.object(name)?.boolean('enabled') ?? old[name].enabled;
  const customer = params.object('customer_update');
  const cancel = params.object('subscription_cancel');
  return {
    customer_update: {
      allowed_updates: customer?.strings('allowed_updates') ?? old.customer_update.allowed_updates,
      enabled: enabled('customer_update'),
    },
    invoice_history: { enabled: enabled('invoice_history') },
    payment_method_update: { ...old.payment_method_update, enabled: enabled('payment_method_update') },
    subscription_cancel: {
      cancellation_reason: reasonOf(
        old.subscription_cancel.cancellation_reason,
        cancel?.object('cancellation_reason'),
      ),
      enabled: enabled('subscription_cancel'),
      mode: cancel?.oneOf('mode', ['at_period_end', 'immediately']) ?? old.subscription_cancel.mode,
      proration_behavior:
        cancel?.oneOf('proration_behavior', prorationBehaviors) ?? old.subscription_cancel.proration_behavior,
    },
    subscription_pause: { ...old.subscription_pause, enabled: enabled('subscription_pause') },
    subscription_update: updateFeature(old.subscription_update, {
      params: params.object('subscription_update'),
      enabled: enabled('subscription_update'),
    }),
  };
}

type Reason = Features['subscription_cancel']['cancellation_reason'];

function reasonOf(old: Reason, params: Params | undefined): Reason {
  return {
    enabled: params?.boolean('enabled') ?? old.enabled,
    feedback_options: null,
    options: params?.strings('options') ?? old.options,
  };
}

function updateFeature(
  old: Features['subscription_update'],
  { params, enabled }: { params: Params | undefined; enabled: boolean },
): Features['subscription_update'] {
  const trial = params?.oneOf('trial_update_behavior', ['continue_trial', 'end_trial']);
  return {
    ...old,
    default_allowed_updates: params?.strings('default_allowed_updates') ?? old.default_allowed_updates,
    enabled,
    products: params?.objects('products')?.map(productOf) ?? old.products,
    proration_behavior: params?.oneOf('proration_behavior', prorationBehaviors) ?? old.proration_behavior,
    trial_update_behavior: trial ?? old.trial_update_behavior,
  };
}

function productOf(product: Params): PortalProduct {
  const quantity = product.object('adjustable_quantity');
  return {
    adjustable_quantity: {
      enabled: quantity?.boolean('enabled') ?? false,
      maximum: quantity?.integer('maximum') ?? null,
      minimum: quantity?.integer('minimum') ?? 1,
    },
    prices: product.strings('prices') ?? [],
    product: product.required('product'),
  };
}

export function getConfiguration(world: World, id: string): PortalConfiguration {
  const found = world.store.portalConfigurations.get(id);
  if (found === undefined) throw notFound('configuration', id);
  return found;
}
