/** `POST /v1/subscription_schedules`: for a customer with phases, or from a subscription. */

import { checkCurrency } from '../customers/customer-currency.ts';
import { resolveCustomer } from '../customers/customers.ts';
import type { Subscription } from '../model/subscription.ts';
import type {
  DefaultSettings,
  PhaseDiscount,
  SchedulePhase,
  SubscriptionSchedule,
} from '../model/subscription-schedule.ts';
import { attachedPaymentMethod } from '../payments/payment-methods.ts';
import { defaultBillingMode } from '../protocol/api-version.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch } from '../protocol/stripe-error.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { changeSubscription, isEnded } from '../subscriptions/subscription-record.ts';
import { automaticTaxIn, automaticTaxRecord, requireLocation } from '../taxes/automatic-tax.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { startSchedule } from './schedule-lifecycle.ts';
import { parsePhases, phaseItem } from './schedule-phases.ts';
import { getSchedule } from './schedule-record.ts';

export const endBehaviors = ['cancel', 'release'] as const;
/** What may accompany `from_subscription`. Everything else, also metadata, is set by an update. */
const withSubscription: readonly string[] = ['expand', 'from_subscription'];

export function createSchedule(world: World, request: ApiRequest): SubscriptionSchedule {
  const { params, version } = request;
  const from = params.string('from_subscription');
  if (from !== undefined) return scheduleFrom(world, params, from);
  const customer = resolveCustomer(world, params.required('customer'));
  const start = startOf(world, params);
  const phases = params.objects('phases') ?? [];
  if (phases.length === 0) throw missingParameter('phases');
  const parsed = parsePhases(world, { phases, start });
  checkCurrency(world, customer.id, parsed[0]?.currency ?? 'usd');
  const settings = settingsOf(world, params.object('default_settings'), {
    customer: customer.id,
    current: plainSettings,
  });
  const schedule = add(world, world.store.subscriptionSchedules, {
    row: {
      ...blank(world),
      billing_mode: billingMode(params, version),
      customer: customer.id,
      default_settings: settings,
      end_behavior: params.oneOf('end_behavior', endBehaviors) ?? 'release',
      metadata: mergeMetadata({}, params),
      phases: parsed,
      test_clock: customer.test_clock,
    },
    event: 'subscription_schedule.created',
  });
  if (start <= world.seconds()) startSchedule(world, schedule.id);
  return getSchedule(world, schedule.id);
}

function startOf(world: World, params: Params): number {
  if (params.required('start_date') === 'now') return world.seconds();
  const start = params.integer('start_date') ?? 0;
  if (start >= world.seconds()) return start;
  throw invalidRequest({
    message: 'The simulator does not start a subscription in the past.',
    param: 'start_date',
  });
}

function billingMode(params: Params, version: string): Subscription['billing_mode'] {
  const byVersion = defaultBillingMode(version);
  const type = params.object('billing_mode')?.oneOf('type', ['classic', 'flexible']) ?? byVersion;
  return { flexible: type === 'flexible' ? { proration_discounts: 'included' } : null, type };
}

/** The schedule has one phase: the current period of the subscription. */
function scheduleFrom(world: World, params: Params, id: string): SubscriptionSchedule {
  const other = params.names().find((name) => !withSubscription.includes(name));
  if (other !== undefined) {
    throw invalidRequest({
      message: `You cannot set \`${other}\` if \`from_subscription\` is set.`,
      param: other,
    });
  }
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined) throw noSuch('subscription', { id, param: 'from_subscription' });
  if (isEnded(subscription)) {
    throw invalidRequest({
      message: 'You cannot migrate a subscription that is canceled or expired to a subscription schedule.',
      param: 'from_subscription',
    });
  }
  if (subscription.schedule !== null) {
    throw invalidRequest({
      message: `You cannot migrate a subscription that is already attached to a schedule: \`${subscription.schedule}\`.`,
      param: 'from_subscription',
    });
  }
  const phase = currentPhaseOf(subscription);
  const schedule = add(world, world.store.subscriptionSchedules, {
    row: {
      ...blank(world),
      billing_mode: subscription.billing_mode,
      current_phase: { end_date: phase.end_date, start_date: phase.start_date },
      customer: subscription.customer,
      default_settings: {
        ...plainSettings,
        collection_method: subscription.collection_method,
        default_payment_method: subscription.default_payment_method,
      },
      end_behavior: 'release',
      metadata: {},
      phases: [phase],
      status: 'active',
      subscription: id,
      test_clock: subscription.test_clock,
    },
    event: 'subscription_schedule.created',
  });
  const edit = { patch: { schedule: schedule.id }, event: 'customer.subscription.updated' };
  changeSubscription(world, id, edit);
  return schedule;
}

function currentPhaseOf(subscription: Subscription): SchedulePhase {
  const { start, end } = periodOf(subscription);
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    automatic_tax: subscription.automatic_tax,
    billing_thresholds: null,
    collection_method: null,
    currency: subscription.currency,
    default_payment_method: null,
    default_tax_rates: subscription.default_tax_rates,
    description: null,
    discounts: subscription.discounts.map(reused),
    end_date: end,
    invoice_settings: null,
    items: subscription.items.data.map((item) => ({
      ...phaseItem(item),
      discounts: item.discounts.map(reused),
      tax_rates: item.tax_rates,
    })),
    metadata: subscription.metadata,
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: start,
    transfer_data: null,
    trial_end: subscription.status === 'trialing' ? subscription.trial_end : null,
  };
}

/** A phase names the discounts of the subscription, which would otherwise begin again. */
function reused(discount: string): PhaseDiscount {
  return { coupon: null, discount, promotion_code: null };
}

const plainSettings: DefaultSettings = {
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor: 'automatic',
  billing_thresholds: null,
  collection_method: 'charge_automatically',
  default_payment_method: null,
  description: null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    days_until_due: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  on_behalf_of: null,
  transfer_data: null,
};

/** Returns the default settings after a request. */
export function settingsOf(
  world: World,
  params: Params | undefined,
  { customer, current }: { readonly customer: string; readonly current: DefaultSettings },
): DefaultSettings {
  if (params === undefined) return current;
  const method = params.string('default_payment_method');
  const param = params.nameOf('default_payment_method');
  const description = params.nullable('description');
  const automatic = automaticTaxIn(params);
  if (automatic === true) requireLocation(world, customer);
  const days = params.object('invoice_settings')?.integer('days_until_due');
  return {
    ...current,
    ...(automatic === undefined ? {} : { automatic_tax: automaticTaxRecord(automatic) }),
    ...(days === undefined
      ? {}
      : { invoice_settings: { ...current.invoice_settings, days_until_due: days } }),
    billing_cycle_anchor:
      params.oneOf('billing_cycle_anchor', ['automatic', 'phase_start']) ?? current.billing_cycle_anchor,
    collection_method:
      params.oneOf('collection_method', ['charge_automatically', 'send_invoice']) ??
      current.collection_method,
    default_payment_method:
      method === undefined
        ? current.default_payment_method
        : attachedPaymentMethod(world, { id: method, customer, param }).id,
    description: description === undefined ? current.description : description,
  };
}

function blank(world: World) {
  return {
    id: world.ids.next('sub_sched_'),
    object: 'subscription_schedule' as const,
    application: null,
    canceled_at: null,
    completed_at: null,
    created: world.seconds(),
    current_phase: null as SubscriptionSchedule['current_phase'],
    customer_account: null,
    livemode: false as const,
    released_at: null,
    released_subscription: null,
    status: 'not_started' as SubscriptionSchedule['status'],
    subscription: null as string | null,
  };
}
