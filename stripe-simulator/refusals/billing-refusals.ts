/** What Stripe refuses of subscriptions and of the portal. */
import type { Refusal } from './refusal.ts';

const docs = 'https://docs.stripe.com';
const issues = 'https://github.com';
const subscription = 'customer={customer}&items[0][price]={price}';

const subscriptions: readonly Refusal[] = [
  {
    title: 'a trial of more than two years',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&trial_period_days=1000`,
    error: {
      param: 'trial_period_days',
      message: 'The maximum number of trial period days is 730 (2 years).',
    },
    evidence: 'observed',
    source: `${docs}/billing/subscriptions/trials`,
  },
  {
    title: 'a trial with an end and a number of days',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&trial_period_days=7&trial_end={future}`,
    error: {
      param: 'trial_period_days',
      message: 'You may only specify one of these parameters: trial_end, trial_period_days.',
    },
    evidence: 'documented',
    source: `${docs}/api/subscriptions/create#create_subscription-trial_end`,
  },
  {
    title: 'a trial that ends in the past',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&trial_end={past}`,
    error: {
      param: 'trial_end',
      message: 'Invalid timestamp: must be an integer Unix timestamp in the future.',
    },
    evidence: 'observed',
    source: `${issues}/stripe-ruby-mock/stripe-ruby-mock`,
  },
  {
    title: 'a trial of more than five years',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&trial_end={inSixYears}`,
    error: {
      param: 'trial_end',
      message: 'Invalid timestamp: can be no more than five years in the future.',
    },
    evidence: 'observed',
    source: `${issues}/stripe-ruby-mock/stripe-ruby-mock`,
  },
  {
    title: 'the same price twice',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&items[1][price]={price}`,
    error: {
      param: 'items[1][price]',
      message: 'Cannot add multiple subscription items with the same plan: {price}',
    },
    evidence: 'observed',
    source: `${docs}/billing/subscriptions/multiple-products`,
  },
  {
    title: 'the price of another item',
    request: 'POST /v1/subscription_items',
    form: 'subscription={subscription}&price={price}',
    error: {
      param: 'price',
      message: 'Cannot add multiple subscription items with the same plan: {price}',
    },
    evidence: 'observed',
    source: `${docs}/billing/subscriptions/multiple-products`,
  },
  {
    title: 'a quantity of a metered price',
    request: 'POST /v1/subscriptions',
    form: 'customer={customer}&items[0][price]={metered}&items[0][quantity]=2',
    error: {
      param: 'items[0][quantity]',
      message: 'Quantity should not be specified where usage_type is `metered`…',
    },
    evidence: 'status',
    source: `${docs}/api/subscriptions/create#create_subscription-items-quantity`,
  },
  {
    title: 'a quantity of a metered price on Checkout',
    request: 'POST /v1/checkout/sessions',
    form: 'mode=subscription&success_url=https://example.com&line_items[0][price]={metered}&line_items[0][quantity]=2',
    error: {
      param: 'line_items[0][quantity]',
      message:
        'Quantity should not be specified where usage_type is `metered`. Remove quantity from `line_items[0]`',
    },
    evidence: 'observed',
    source: `${docs}/api/checkout/sessions/create#create_checkout_session-line_items-quantity`,
  },
  {
    title: 'a one-time price',
    request: 'POST /v1/subscriptions',
    form: 'customer={customer}&items[0][price]={oneTime}',
    error: { param: 'items[0][price]', message: 'The price specified is set to `type=one_time`…' },
    evidence: 'observed',
    source: `${docs}/billing/subscriptions/build-subscriptions`,
  },
  {
    title: 'a cancellation in the past',
    request: 'POST /v1/subscriptions/{subscription}',
    form: 'cancel_at={past}',
    error: { param: 'cancel_at', message: 'The cancellation timestamp must be in the future.' },
    evidence: 'status',
    source: `${docs}/api/subscriptions/update#update_subscription-cancel_at`,
  },
];

const flow = 'customer={customer}&flow_data[type]';
const portal: readonly Refusal[] = [
  {
    title: 'a cancellation of a subscription that ends already',
    request: 'POST /v1/billing_portal/sessions',
    form: `${flow}=subscription_cancel&flow_data[subscription_cancel][subscription]={ending}`,
    error: {
      param: 'flow_data[subscription_cancel][subscription]',
      message: 'The subscription {ending} is already set to be canceled at period end.',
    },
    evidence: 'observed',
    source: `${docs}/customer-management/portal-deep-links`,
  },
  {
    title: 'a plan change while the feature is off',
    request: 'POST /v1/billing_portal/sessions',
    form: `${flow}=subscription_update&flow_data[subscription_update][subscription]={subscription}&configuration={bare}`,
    error: {
      message:
        'This subscription cannot be updated because the subscription update feature in the portal configuration is disabled.',
    },
    evidence: 'observed',
    source: `${docs}/customer-management/portal-deep-links`,
  },
  {
    title: 'a plan change of two products',
    request: 'POST /v1/billing_portal/sessions',
    form: `${flow}=subscription_update&flow_data[subscription_update][subscription]={twoProducts}&configuration={updates}`,
    error: {
      param: 'flow_data[subscription_update][subscription]',
      message: 'The subscription {twoProducts} cannot be updated because it has multiple items.',
    },
    evidence: 'status',
    source: `${docs}/api/customer_portal/sessions/create#create_portal_session-flow_data-subscription_update_confirm-items`,
  },
  {
    title: 'a configuration that does not exist',
    request: 'POST /v1/billing_portal/sessions',
    form: 'customer={customer}&configuration=bpc_none',
    error: { code: 'resource_missing', param: 'configuration', message: "No such configuration: 'bpc_none'" },
    evidence: 'status',
    source: `${docs}/error-codes#resource-missing`,
  },
];

export const billingRefusals: readonly Refusal[] = [...subscriptions, ...portal];
