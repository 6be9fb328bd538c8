/**
 * What Stripe refuses, as data: the request, the answer, and where it is known from. The test next to it sends each
 * request. `{name}` in a value stands for an object of the test.
 */

/** How the answer is known: from Stripe's documentation, from an answer that someone published, or by its status only. */
type Evidence = 'documented' | 'observed' | 'status';

export interface Refusal {
  readonly title: string;
  /** Method and path. */
  readonly request: string;
  /** The body as a form, before the encoding. */
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error: {
    readonly status?: number;
    readonly code?: string;
    readonly param?: string;
    /** The whole message, or its start if it ends with an ellipsis. */
    readonly message: string;
  };
  readonly evidence: Evidence;
  readonly source: string;
}

const docs = 'https://docs.stripe.com';
const issues = 'https://github.com';
const subscription = 'customer={customer}&items[0][price]={price}';

const requests: readonly Refusal[] = [
  {
    title: 'an unknown parameter',
    request: 'POST /v1/customers',
    form: 'shade=red',
    error: { code: 'parameter_unknown', param: 'shade', message: 'Received unknown parameter: shade' },
    evidence: 'observed',
    source: `${issues}/stripe/stripe-node/issues/317`,
  },
  {
    title: 'an unknown parameter in a list',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&items[0][name]=Pro`,
    error: {
      code: 'parameter_unknown',
      param: 'items[0][name]',
      message: 'Received unknown parameter: items[0][name]',
    },
    evidence: 'documented',
    source: `${docs}/error-codes#parameter-unknown`,
  },
  {
    title: 'two unknown parameters',
    request: 'POST /v1/products',
    form: 'name=Pro&shade=red&size=1',
    error: {
      code: 'parameter_unknown',
      param: 'shade',
      message: 'Received unknown parameters: shade, size',
    },
    evidence: 'observed',
    source: `${docs}/error-codes#parameter-unknown`,
  },
  {
    title: 'an unknown filter',
    request: 'GET /v1/customers?name=Ann',
    error: { code: 'parameter_unknown', param: 'name', message: 'Received unknown parameter: name' },
    evidence: 'documented',
    source: `${docs}/error-codes#parameter-unknown`,
  },
  {
    title: 'an API version that does not exist',
    request: 'GET /v1/customers',
    headers: { 'Stripe-Version': '1999-01-01' },
    error: { message: 'Invalid Stripe API version: 1999-01-01…' },
    evidence: 'observed',
    source: `${issues}/stripe/stripe-java/issues/682`,
  },
  {
    title: 'a date between two API versions',
    request: 'GET /v1/customers',
    headers: { 'Stripe-Version': '2022-08-02' },
    error: { message: 'Invalid Stripe API version: 2022-08-02…' },
    evidence: 'observed',
    source: `${issues}/pay-rails/pay/issues/680`,
  },
  {
    title: 'a body in JSON',
    request: 'POST /v1/customers',
    form: '{"email":"ann@example.com"}',
    headers: { 'Content-Type': 'application/json' },
    error: {
      message:
        'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.',
    },
    evidence: 'observed',
    source: `${issues}/stripe/stripe-cli/issues/1277`,
  },
  {
    title: 'a body in plain text',
    request: 'POST /v1/customers',
    form: 'email=ann@example.com',
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    error: {
      message:
        'Invalid request: unsupported Content-Type text/plain; charset=utf-8. If error persists and you need assistance, please contact support@stripe.com.',
    },
    evidence: 'observed',
    source: `${issues}/vapor-community/stripe/issues/39`,
  },
  {
    title: 'a cursor that is no object of the list',
    request: 'GET /v1/customers?starting_after=cus_none',
    error: {
      code: 'resource_missing',
      param: 'starting_after',
      message: "No such customer: 'cus_none'",
    },
    evidence: 'documented',
    source: `${docs}/api/pagination`,
  },
  {
    title: 'a page of more than a hundred',
    request: 'GET /v1/customers?limit=101',
    error: { param: 'limit', message: 'This value must be between 1 and 100 (inclusive).' },
    evidence: 'documented',
    source: `${docs}/api/pagination`,
  },
  {
    title: 'a search for a field that is not indexed',
    request: 'GET /v1/charges/search?query=description:"x"',
    error: {
      param: 'query',
      message: 'Field `description` is an unsupported search field for this resource.',
    },
    evidence: 'documented',
    source: `${docs}/search#supported-query-fields-for-each-resource`,
  },
];

const values: readonly Refusal[] = [
  {
    title: 'an email address without a domain',
    request: 'POST /v1/customers',
    form: 'email=user@localhost',
    error: { code: 'email_invalid', param: 'email', message: 'Invalid email address: user@localhost' },
    evidence: 'documented',
    source: `${docs}/error-codes#email-invalid`,
  },
  {
    title: 'a name of 257 characters',
    request: 'POST /v1/customers',
    form: `name=${'n'.repeat(257)}`,
    error: {
      param: 'name',
      message: 'Invalid string: nnnnnnnnnn...nnnnnnnnnn; must be at most 256 characters',
    },
    evidence: 'observed',
    source: `${docs}/api/customers/create#create_customer-name`,
  },
  {
    title: 'a description of 5001 characters',
    request: 'POST /v1/products',
    form: `name=Pro&description=${'d'.repeat(5001)}`,
    error: {
      param: 'description',
      message: 'Invalid string: dddddddddd...dddddddddd; must be at most 5000 characters',
    },
    evidence: 'documented',
    source: 'https://github.com/stripe/openapi',
  },
  {
    title: 'a currency that does not exist',
    request: 'POST /v1/prices',
    form: 'product={product}&unit_amount=500&currency=zzz',
    error: {
      param: 'currency',
      message: 'Invalid currency: zzz. Stripe currently supports these currencies: usd, aed…',
    },
    evidence: 'observed',
    source: `${docs}/currencies`,
  },
  {
    title: 'a negative quantity',
    request: 'POST /v1/subscriptions',
    form: `${subscription}&items[0][quantity]=-1`,
    error: { param: 'items[0][quantity]', message: 'Invalid non-negative integer' },
    evidence: 'observed',
    source: `${docs}/api/subscriptions/create#create_subscription-items-quantity`,
  },
  {
    title: 'an amount that is no number',
    request: 'POST /v1/prices',
    form: 'product={product}&unit_amount=ten&currency=usd',
    error: { code: 'parameter_invalid_integer', param: 'unit_amount', message: 'Invalid integer: ten' },
    evidence: 'documented',
    source: `${docs}/error-codes#parameter-invalid-integer`,
  },
  {
    title: 'a missing parameter',
    request: 'POST /v1/prices',
    form: 'product={product}&unit_amount=500',
    error: { code: 'parameter_missing', param: 'currency', message: 'Missing required param: currency.' },
    evidence: 'documented',
    source: `${docs}/error-codes#parameter-missing`,
  },
];

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

export const refusals: readonly Refusal[] = [...requests, ...values, ...subscriptions, ...portal];
