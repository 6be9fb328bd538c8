/**
 * Decides what an error of Stripe means: the one place that knows Stripe's types, codes and parameters. Pure. The message
 * counts only where Stripe gives neither a code nor a parameter, and is never logged: it may quote user data.
 */
import {
  type OptionalField,
  optionalFields,
  type Refusal,
  type SituationProblem,
  unknownRefusal,
} from '../system/refusal.ts';

/** An error as Stripe's API answers it. */
export interface StripeAnswer {
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly message?: string | undefined;
  /** The header `Stripe-Should-Retry`. */
  readonly shouldRetry?: string | undefined;
}

/** A later attempt with the same parameters can succeed: a lock, a rate limit, a key in use, a failure of Stripe. */
const temporaryCodes: ReadonlySet<string | undefined> = new Set([
  'rate_limit',
  'lock_timeout',
  'idempotency_key_in_use',
]);
/** Request timeout, conflict, too early, too many requests. */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 409, 425, 429]);

export function isTemporary(answer: StripeAnswer): boolean {
  const { status = 0, code, shouldRetry } = answer;
  if (status < 400 || status >= 500 || shouldRetry === 'true' || temporaryCodes.has(code)) return true;
  // A conflict whose code says what is wrong is none that passes.
  return (
    temporaryStatuses.has(status) && !rules.some((rule) => rule.code !== undefined && applies(rule, answer))
  );
}

/** Returns whether the id names an object of live mode, and the key is one of test mode. */
export function isOfLiveMode({ message = '' }: Pick<StripeAnswer, 'message'>): boolean {
  return message.includes('a similar object exists in live mode');
}

/** Returns whether the account has no search, as in India. No later attempt succeeds, and nothing is wrong with the key. */
export function isWithoutSearch({ status, message = '' }: StripeAnswer): boolean {
  return status === 400 && /\bsearch feature\b.*\bunavailable\b/i.test(message);
}

/** Every condition that a rule names must hold. */
interface Rule {
  readonly status?: number;
  /** A text must be the whole code or parameter. */
  readonly code?: string | RegExp;
  readonly param?: string | RegExp;
  readonly message?: RegExp;
  readonly means: Refusal;
}

const setting = (name: string, fix: string): Refusal => ({ kind: 'installation', setting: name, fix });
const situation = (problem: SituationProblem, hint: string): Refusal => ({
  kind: 'situation',
  problem,
  hint,
});

const key = (fix: string) => setting('STRIPE_API_KEY', fix);
const account = (fix: string) => setting("Stripe's account settings", fix);
const returnUrl = (name: string) =>
  setting(name, 'Set a complete URL. In live mode, Stripe accepts only https.');
const anyReturnUrl = returnUrl('CHECKOUT_SUCCESS_URL, CHECKOUT_CANCEL_URL or PORTAL_RETURN_URL');
const prices = setting(
  'CHECKOUT_PRICES',
  'List only active, recurring, licensed prices of this Stripe account and mode.',
);
const portal = setting(
  'PORTAL_CONFIGURATION',
  'Save the settings of the customer portal in the dashboard, in the mode of the API key, with the features that the app opens; or name a configuration that has them.',
);
const trial = setting('TRIAL_DAYS', 'Set 1 to 730 days, or 0 for no trial.');
const activation = account('Activate the account in the dashboard, or use a key of test mode.');
const paymentMethods = account('Turn on a payment method for this currency in the dashboard.');
const tax = setting(
  "Stripe's tax settings",
  'Complete Stripe Tax in the dashboard, with the origin address.',
);
const otherCurrency = situation(
  'currency_mismatch',
  'Offer a price in the currency in which this customer already pays, or has paid.',
);
const promotion = situation('promotion_not_applicable', 'Open the checkout without the promotion code.');
const flow = situation('flow_not_available', 'Open the portal without a flow.');
const OTHER_MODE = /a similar object exists in (?:live|test) mode/;

/** The first rule that applies decides. */
const rules: readonly Rule[] = [
  // The key.
  {
    code: /api_key_expired/,
    means: key('The key has expired. Create a new one in the dashboard, and store it.'),
  },
  {
    code: 'secret_key_required',
    means: key('The key is a publishable one. Store a secret or restricted key.'),
  },
  { status: 401, means: key('Store a valid secret or restricted key.') },
  {
    code: 'account_invalid',
    means: key('The key has no access to the account, or has lost it. Store a key of the account itself.'),
  },
  // Objects of the other mode.
  { message: OTHER_MODE, param: /price|line_items/, means: prices },
  { message: OTHER_MODE, param: 'configuration', means: portal },
  { message: OTHER_MODE, means: key('The object belongs to the other mode. Store the key of its mode.') },
  {
    code: 'livemode_mismatch',
    means: key('Use the key, the prices and the portal configuration of one mode.'),
  },
  // The account.
  { code: 'testmode_charges_only', means: activation },
  { message: /cannot currently make live charges/, means: activation },
  {
    message: /must set an account or business name/,
    means: account('Set the business name in the dashboard: Checkout shows it.'),
  },
  { code: /^(?:account_|country_unsupported)/, means: account('Complete the account in the dashboard.') },
  { code: 'payment_method_unactivated', means: paymentMethods },
  { message: /[Nn]o valid payment method types/, means: paymentMethods },
  { code: 'balance_insufficient', means: account('Top up the balance, from which refunds are paid.') },
  {
    message: /^Invalid Stripe API version/,
    means: setting("Stripe's API version", 'Deploy a release whose API version Stripe supports.'),
  },
  {
    code: 'tls_version_unsupported',
    means: setting('STRIPE_API_BASE', 'Remove it, or name a proxy that supports TLS 1.2.'),
  },
  // Stripe answers 403 for some of the above as well.
  {
    status: 403,
    means: key('Give the restricted key the permissions that docs/deploy.md lists, in the dashboard.'),
  },
  // The user's situation. The address comes before the tax settings, because both have the same parameter.
  {
    code: 'customer_tax_location_invalid',
    means: situation(
      'address_required',
      'The user must enter a billing address first, such as in the billing portal.',
    ),
  },
  { message: /cannot combine currencies on a single customer/, means: otherCurrency },
  { code: 'currency_mismatch', means: otherCurrency },
  {
    code: 'customer_max_subscriptions',
    means: situation('subscription_limit', 'Support must end subscriptions of this customer in Stripe.'),
  },
  { code: /^(?:coupon_|promotion_code_)/, means: promotion },
  { param: /^(?:discounts|promotion_code|coupon)\b/, means: promotion },
  {
    message: /no changes to confirm/,
    means: situation('nothing_to_change', 'The subscription already is as requested.'),
  },
  // Tax.
  { code: /taxes_calculation_failed|stripe_tax_inactive/, means: tax },
  { param: /^automatic_tax\b/, means: tax },
  { message: /valid (?:origin|head office) address/, means: tax },
  {
    message: /[Tt]ax ID collection/,
    means: setting('CHECKOUT_TAX_IDS', 'Set it to false, or complete Stripe Tax in the dashboard.'),
  },
  // The page of the checkout.
  {
    param: /^consent_collection\b/,
    means: setting(
      'CHECKOUT_TERMS_OF_SERVICE',
      'Set the URL of the terms of service in the dashboard (settings/public), or set it to false.',
    ),
  },
  {
    param: /^(?:allowed_)?payment_method_types\b/,
    means: setting(
      'CHECKOUT_PAYMENT_METHODS',
      'List types of payment methods that the Stripe account has, in the currency of the prices.',
    ),
  },
  {
    param: 'payment_method_collection',
    means: setting('TRIAL_WITHOUT_CARD', 'Set it to false.'),
  },
  // The portal.
  { message: /portal configuration.*disabled/, means: portal },
  { message: /default configuration has not been created|save your customer portal settings/, means: portal },
  { param: /^(?:configuration|features)\b/, means: portal },
  { message: /already (?:set to be )?canceled/, means: flow },
  { message: /managed by (?:a|the) subscription schedule/, means: flow },
  { param: /^flow_data\[after_completion\]/, means: returnUrl('PORTAL_RETURN_URL') },
  { param: /^flow_data\b/, means: flow },
  // What else the settings make this service send.
  { param: /^(?:line_items\b|price$)/, means: prices },
  {
    message: /where usage_type is|The price specified|at least one recurring price|its product is not active/,
    means: prices,
  },
  { param: /^subscription_data\[trial_/, means: trial },
  { message: /trial period days/, means: trial },
  { param: 'success_url', means: returnUrl('CHECKOUT_SUCCESS_URL') },
  { param: 'cancel_url', means: returnUrl('CHECKOUT_CANCEL_URL') },
  { param: 'return_url', means: returnUrl('PORTAL_RETURN_URL') },
  { code: 'url_invalid', means: anyReturnUrl },
  { message: /must always be redirected via HTTPS/, means: anyReturnUrl },
  {
    param: 'allow_promotion_codes',
    means: setting('CHECKOUT_PROMOTION_CODES', 'Set it to false.'),
  },
];

/** Returns what a permanent refusal means. */
export function refusalOf(answer: StripeAnswer): Refusal {
  const field = optionalFieldIn(answer);
  if (field !== undefined) return { kind: 'optional', field };
  return rules.find((rule) => applies(rule, answer))?.means ?? unknownRefusal;
}

function applies({ status, code, param, message }: Rule, answer: StripeAnswer): boolean {
  if (status !== undefined && answer.status !== status) return false;
  if (code !== undefined && !matches(answer.code, code)) return false;
  if (param !== undefined && !matches(answer.param, param)) return false;
  return message === undefined || message.test(answer.message ?? '');
}

function matches(text: string | undefined, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text ?? '');
}

/** Stripe refuses an optional field by its parameter, such as `email` or `address[line1]`. */
function optionalFieldIn({ status, code, param = '' }: StripeAnswer): OptionalField | undefined {
  if (status !== 400) return undefined;
  if (code === 'email_invalid') return 'email';
  const [name] = param.split('[');
  return optionalFields.find((field) => field === name);
}
