import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problems } from '../../contract/problem.ts';
import {
  isOfLiveMode,
  isTemporary,
  isWithoutSearch,
  refusalOf,
  type StripeAnswer,
} from './stripe-refusals.ts';

const invalid = (more: Partial<StripeAnswer>): StripeAnswer => ({
  status: 400,
  type: 'invalid_request_error',
  ...more,
});

describe('An answer of Stripe', () => {
  it.each<readonly [string, StripeAnswer]>([
    ['no answer', { status: undefined }],
    ['a server error', { status: 500, type: 'api_error' }],
    ['an outage', { status: 503, type: 'api_error' }],
    ['a timeout', { status: 408 }],
    ['a key in use', { status: 409, type: 'idempotency_error', code: 'idempotency_key_in_use' }],
    ['a conflict without a code', { status: 409 }],
    [
      'a conflict with a code that no rule knows',
      { status: 409, code: 'x', message: 'no changes to confirm' },
    ],
    [
      'a conflict that Stripe asks to repeat',
      { status: 409, code: 'currency_mismatch', shouldRetry: 'true' },
    ],
    ['too early', { status: 425 }],
    ['a rate limit', { status: 429, code: 'rate_limit' }],
    ['a lock', { status: 429, code: 'lock_timeout' }],
    ['a rate limit of 400', invalid({ code: 'rate_limit' })],
    ['a lock of 400', invalid({ code: 'lock_timeout' })],
    ['a key in use of 400', invalid({ code: 'idempotency_key_in_use' })],
    ['a refusal that Stripe asks to repeat', invalid({ shouldRetry: 'true' })],
  ])('is temporary: %s', (_, answer) => {
    expect(isTemporary(answer)).toBe(true);
  });

  it.each<readonly [string, StripeAnswer]>([
    ['a bad request', invalid({})],
    ['a wrong key', { status: 401 }],
    ['a declined card', { status: 402, type: 'card_error', code: 'card_declined' }],
    ['a missing permission', { status: 403 }],
    ['a missing object', { status: 404, code: 'resource_missing' }],
    ['a key with other parameters', { status: 400, type: 'idempotency_error' }],
    ['a refusal that Stripe asks not to repeat', invalid({ shouldRetry: 'false' })],
    ['a failed dependency', { status: 424 }],
    ['a conflict with a code that says what is wrong', { status: 409, code: 'customer_max_subscriptions' }],
    ['the last of its kind', { status: 499 }],
  ])('is permanent: %s', (_, answer) => {
    expect(isTemporary(answer)).toBe(false);
  });

  it('is temporary or has one meaning, whatever it says', () => {
    const text = fc.option(fc.string(), { nil: undefined });
    const answer = fc.record({
      status: fc.integer({ min: 400, max: 499 }),
      code: text,
      param: text,
      message: text,
    });
    fc.assert(
      fc.property(answer, (one) => {
        const refusal = refusalOf(one);
        const status = refusal.kind === 'situation' ? problems[refusal.problem].status : 500;
        expect([400, 409, 500]).toContain(status);
        expect(['optional', 'installation', 'situation', 'unknown']).toContain(refusal.kind);
      }),
    );
  });
});

describe('A refusal of optional data', () => {
  it.each<readonly [string, Partial<StripeAnswer>]>([
    ['email', { code: 'email_invalid', param: 'email', message: 'Invalid email address: x' }],
    ['email', { code: 'email_invalid' }],
    ['email', { param: 'email', message: 'Invalid string: xxx; must be at most 512 characters' }],
    ['name', { param: 'name' }],
    ['phone', { param: 'phone' }],
    ['address', { param: 'address[country]', code: 'country_code_invalid' }],
    ['shipping', { param: 'shipping[address][line1]' }],
    ['preferred_locales', { param: 'preferred_locales[0]' }],
    ['description', { param: 'description' }],
    ['metadata', { param: 'metadata' }],
    ['metadata', { param: 'metadata[note]' }],
  ])('names the field: %s, %j', (field, answer) => {
    expect(refusalOf(invalid(answer))).toEqual({ kind: 'optional', field });
  });

  it.each(['emails', 'named', 'customer', 'id', ''])('is none of the parameter %j', (param) => {
    expect(refusalOf(invalid({ param }))).toEqual({ kind: 'unknown' });
  });

  it('is none if the key may not write it', () => {
    expect(refusalOf({ status: 403, param: 'email' })).toMatchObject({ setting: 'STRIPE_API_KEY' });
  });
});

describe('A refusal because of the installation', () => {
  const live = 'a similar object exists in live mode, but a test mode key was used to make this request.';
  const test = 'a similar object exists in test mode, but a live mode key was used to make this request.';
  it.each<readonly [string, StripeAnswer]>([
    ['STRIPE_API_KEY', { status: 401 }],
    ['STRIPE_API_KEY', { status: 401, code: 'api_key_expired' }],
    ['STRIPE_API_KEY', { status: 401, code: 'platform_api_key_expired' }],
    ['STRIPE_API_KEY', { status: 401, code: 'secret_key_required' }],
    ['STRIPE_API_KEY', { status: 403, code: 'more_permissions_required_for_application' }],
    ['STRIPE_API_KEY', invalid({ code: 'livemode_mismatch' })],
    ['STRIPE_API_KEY', invalid({ code: 'resource_missing', param: 'customer', message: live })],
    ['CHECKOUT_PRICES', invalid({ code: 'resource_missing', param: 'line_items[0][price]', message: live })],
    ['CHECKOUT_PRICES', invalid({ code: 'resource_missing', param: 'price', message: test })],
    ['CHECKOUT_PRICES', invalid({ code: 'resource_missing', param: 'line_items[0][price]' })],
    ['CHECKOUT_PRICES', invalid({ param: 'line_items' })],
    ['CHECKOUT_PRICES', invalid({ param: 'price' })],
    [
      'CHECKOUT_PRICES',
      invalid({ message: 'Quantity should not be specified where usage_type is `metered`.' }),
    ],
    ['CHECKOUT_PRICES', invalid({ message: 'The price specified is inactive.' })],
    [
      'CHECKOUT_PRICES',
      invalid({ message: 'You must provide at least one recurring price in `subscription` mode.' }),
    ],
    ['CHECKOUT_PRICES', invalid({ message: 'Price `price_1` … because its product is not active.' })],
    ['TRIAL_DAYS', invalid({ param: 'subscription_data[trial_period_days]' })],
    ['TRIAL_DAYS', invalid({ param: 'subscription_data[trial_settings][end_behavior]' })],
    ['TRIAL_DAYS', invalid({ message: 'The maximum number of trial period days is 730 (2 years).' })],
    ['CHECKOUT_SUCCESS_URL', invalid({ code: 'url_invalid', param: 'success_url' })],
    ['CHECKOUT_CANCEL_URL', invalid({ code: 'url_invalid', param: 'cancel_url' })],
    ['PORTAL_RETURN_URL', invalid({ param: 'return_url' })],
    ['PORTAL_RETURN_URL', invalid({ param: 'flow_data[after_completion][redirect][return_url]' })],
    ['CHECKOUT_SUCCESS_URL', invalid({ message: 'Livemode requests must always be redirected via HTTPS.' })],
    [
      'CHECKOUT_SUCCESS_URL, CHECKOUT_CANCEL_URL or PORTAL_RETURN_URL',
      invalid({ code: 'url_invalid', message: 'Not a valid URL' }),
    ],
    ['CHECKOUT_PROMOTION_CODES', invalid({ param: 'allow_promotion_codes' })],
    ['PORTAL_CONFIGURATION', invalid({ code: 'resource_missing', param: 'configuration' })],
    ['PORTAL_CONFIGURATION', invalid({ code: 'resource_missing', param: 'configuration', message: live })],
    ['PORTAL_CONFIGURATION', invalid({ param: 'features[subscription_update]' })],
    [
      'PORTAL_CONFIGURATION',
      invalid({
        message:
          'No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.',
      }),
    ],
    [
      'PORTAL_CONFIGURATION',
      invalid({
        message:
          'You can’t create a portal session in test mode until you save your customer portal settings in test mode.',
      }),
    ],
    [
      'PORTAL_CONFIGURATION',
      invalid({
        message:
          'This subscription cannot be updated because the subscription update feature in the portal configuration is disabled.',
      }),
    ],
    ["Stripe's account settings", invalid({ status: 402, code: 'testmode_charges_only' })],
    ["Stripe's account settings", invalid({ message: 'Your account cannot currently make live charges.' })],
    [
      "Stripe's account settings",
      invalid({ message: 'In order to use Checkout, you must set an account or business name at …' }),
    ],
    ['STRIPE_API_KEY', { status: 403, code: 'account_invalid' }],
    ["Stripe's account settings", invalid({ code: 'account_country_invalid_address' })],
    ["Stripe's account settings", { status: 403, code: 'testmode_charges_only' }],
    [
      "Stripe's account settings",
      { status: 403, message: 'Your account cannot currently make live charges.' },
    ],
    ["Stripe's account settings", invalid({ code: 'country_unsupported' })],
    ["Stripe's account settings", invalid({ code: 'payment_method_unactivated' })],
    ["Stripe's account settings", invalid({ message: 'No valid payment method types for this Session.' })],
    ["Stripe's account settings", invalid({ code: 'balance_insufficient' })],
    ["Stripe's API version", invalid({ message: 'Invalid Stripe API version: 2020-01-01' })],
    ['STRIPE_API_BASE', invalid({ code: 'tls_version_unsupported' })],
    ["Stripe's tax settings", invalid({ code: 'taxes_calculation_failed' })],
    ["Stripe's tax settings", invalid({ code: 'stripe_tax_inactive' })],
    ["Stripe's tax settings", invalid({ param: 'automatic_tax[enabled]' })],
    ["Stripe's tax settings", invalid({ message: 'You must have a valid origin address to …' })],
    ["Stripe's tax settings", invalid({ message: 'You must have a valid head office address to …' })],
  ])('names %s: %j', (setting, answer) => {
    expect(refusalOf(answer)).toMatchObject({
      kind: 'installation',
      setting: expect.stringContaining(setting),
      fix: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it('is recognized by the mode that an id belongs to', () => {
    expect(isOfLiveMode({ message: `No such customer: 'cus_1'; ${live}` })).toBe(true);
    expect(isOfLiveMode({ message: `No such customer: 'cus_1'; ${test}` })).toBe(false);
    expect(isOfLiveMode({ message: undefined })).toBe(false);
  });
});

describe('A refusal because of the user’s situation', () => {
  it.each<readonly [string, Partial<StripeAnswer>]>([
    [
      'currency_mismatch',
      { message: 'You cannot combine currencies on a single customer. This customer has …' },
    ],
    ['currency_mismatch', { code: 'currency_mismatch' }],
    ['address_required', { code: 'customer_tax_location_invalid', param: 'automatic_tax' }],
    ['subscription_limit', { code: 'customer_max_subscriptions' }],
    ['promotion_not_applicable', { code: 'coupon_expired' }],
    ['promotion_not_applicable', { code: 'promotion_code_inactive' }],
    ['promotion_not_applicable', { code: 'resource_missing', param: 'discounts[0][promotion_code]' }],
    ['promotion_not_applicable', { param: 'coupon' }],
    [
      'flow_not_available',
      { message: 'The subscription sub_1 is already set to be canceled at period end.' },
    ],
    ['flow_not_available', { message: 'The subscription sub_1 is already canceled.' }],
    ['flow_not_available', { param: 'flow_data[subscription_pause][subscription]' }],
    [
      'flow_not_available',
      {
        message:
          'The subscription is managed by the subscription schedule `sub_sched_1`, and cannot be updated.',
      },
    ],
    [
      'nothing_to_change',
      { message: 'Cannot update the subscription because there are no changes to confirm.' },
    ],
  ])('has the code %s: %j', (problem, answer) => {
    expect(refusalOf(invalid(answer))).toMatchObject({
      kind: 'situation',
      problem,
      hint: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });
});

describe('A refusal that no rule knows', () => {
  it.each<StripeAnswer>([
    { status: 402, type: 'card_error', code: 'card_declined' },
    { status: 400, type: 'idempotency_error' },
    ...[
      'x_discounts',
      'x_coupon',
      'x_automatic_tax',
      'x[configuration]',
      'x[flow_data]',
      'x[flow_data][after_completion][redirect]',
      'x[line_items]',
      'prices',
      'x_price',
      'x[subscription_data][trial_period_days]',
    ].map((param) => invalid({ param })),
    ...['x_coupon_expired', 'x_account_invalid', ''].map((code) => invalid({ code })),
    invalid({ message: 'An Invalid Stripe API version' }),
    invalid({ code: 'parameter_unknown', param: 'something_new' }),
    invalid({ code: 'resource_missing', param: 'subscription' }),
    { status: 404, type: 'invalid_request_error', message: 'Unrecognized request URL (GET: /v1/x).' },
  ])('has no meaning: %j', (answer) => {
    expect(refusalOf(answer)).toEqual({ kind: 'unknown' });
  });
});

describe('An account without a search', () => {
  it.each<readonly [boolean, StripeAnswer]>([
    [true, invalid({ message: 'The search feature is temporarily unavailable in your region.' })],
    [true, invalid({ message: 'search feature unavailable for merchant' })],
    [false, invalid({ message: 'The search feature requires another query.' })],
    [false, invalid({ message: 'This API is unavailable.' })],
    [false, invalid({})],
    [false, { status: 403, message: 'The search feature is unavailable for this key.' }],
    [false, { status: 503, message: 'The search feature is temporarily unavailable.' }],
  ])('is recognized by Stripe’s own words alone: %s %j', (is, answer) => {
    expect(isWithoutSearch(answer)).toBe(is);
  });
});
