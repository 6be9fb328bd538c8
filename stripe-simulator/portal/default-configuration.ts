/** The default configuration of the billing portal. */
import type { PortalConfiguration } from '../model/portal.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

/** Returns the default configuration, which exists once the account's owner has saved the portal's settings. */
export function defaultConfiguration(world: World): PortalConfiguration {
  if (!world.account.portalSettingsSaved) {
    throw invalidRequest({
      message:
        'No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.',
    });
  }
  const { portalConfigurations } = world.store;
  const existing = portalConfigurations.oldestFirst().find((row) => row.is_default);
  return existing ?? portalConfigurations.put({ ...blankConfiguration(world), is_default: true });
}

/** Returns a configuration with default values; it is not stored. */
export function blankConfiguration(world: World): PortalConfiguration {
  const now = world.ownSeconds();
  return {
    id: world.ids.next('bpc_'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    features: {
      customer_update: { allowed_updates: ['email', 'name'], enabled: true },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: null, options: [] },
        enabled: true,
        mode: 'at_period_end',
        proration_behavior: 'none',
      },
      subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
      subscription_update: {
        billing_cycle_anchor: null,
        default_allowed_updates: ['price'],
        enabled: true,
        // With null, the portal offers every active price of the same currency.
        products: null,
        proration_behavior: 'create_prorations',
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: 'continue_trial',
      },
    },
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: now,
  };
}
