/** All refusals. What every route refuses is here. */
import { billingRefusals } from './billing-refusals.ts';
import type { Refusal } from './refusal.ts';

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

export const refusals: readonly Refusal[] = [...requests, ...values, ...billingRefusals];
