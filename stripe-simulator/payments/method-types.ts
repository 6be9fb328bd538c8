/** The types of payment methods that an intent or a Checkout session accepts. */
import { type AutomaticMethods, type MethodType, methodTypes } from '../model/payment.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';

/** From this version on, Stripe chooses the payment methods, and `payment_method_types` is no parameter any more. */
const FIRST_VERSION_WITHOUT_METHOD_TYPES = '2026-09-30';

/** Whether the request names a version that has no `payment_method_types`. The account's default version keeps it. */
export function hasNoMethodTypes({ version, namesVersion }: ApiRequest): boolean {
  return namesVersion === true && version.slice(0, 10) >= FIRST_VERSION_WITHOUT_METHOD_TYPES;
}

export interface AcceptedMethods {
  readonly types: readonly MethodType[];
  readonly automatic: AutomaticMethods | null;
}

/** Reads `payment_method_types`, or else chooses the types as `automatic_payment_methods` and the filters say. */
export function acceptedMethods(request: ApiRequest, currency: string | null): AcceptedMethods {
  const { params } = request;
  const named = namedTypes(request);
  const automatic = automaticIn(params);
  if (named !== undefined && automatic?.enabled === true) {
    throw invalidRequest({
      message:
        'You may only specify one of these parameters: automatic_payment_methods, payment_method_types.',
      param: 'automatic_payment_methods',
    });
  }
  if (named !== undefined) return { types: checkedTypes(named, currency), automatic: null };
  if (automatic?.enabled === false) return { types: ['card'], automatic: null };
  return {
    types: filtered(params, automaticTypes(currency)),
    automatic: automatic ?? { allow_redirects: 'always', enabled: true },
  };
}

function namedTypes(request: ApiRequest): readonly MethodType[] | undefined {
  const { params } = request;
  if (!params.has('payment_method_types')) return undefined;
  if (hasNoMethodTypes(request)) {
    throw invalidRequest({
      message:
        'The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types` instead.',
      code: 'payment_method_types_no_longer_supported',
      param: 'payment_method_types',
    });
  }
  return methodTypesIn(params, 'payment_method_types');
}

/** Returns the types that a list parameter names. Those that the simulator does not have are refused. */
export function methodTypesIn(params: Params, name: string): readonly MethodType[] {
  const given = params.strings(name) ?? [];
  return given.map((type) => {
    const known = methodTypes.find((one) => one === type);
    if (known !== undefined) return known;
    throw invalidRequest({
      message: `The payment method type "${type}" is invalid. Please ensure the provided type is activated in your dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any preview features that you are trying to use. The simulator has ${methodTypes.join(', ')}.`,
      param: name,
    });
  });
}

function automaticIn(params: Params): AutomaticMethods | undefined {
  const given = params.object('automatic_payment_methods');
  if (given === undefined) return undefined;
  return {
    allow_redirects: given.oneOf('allow_redirects', ['always', 'never']) ?? 'always',
    enabled: given.boolean('enabled') ?? false,
  };
}

const currencies: Readonly<Partial<Record<MethodType, string>>> = {
  sepa_debit: 'eur',
  us_bank_account: 'usd',
};

/** What Stripe offers by itself: cards, and the debits of the currency. Without a currency, nothing is paid yet. */
function automaticTypes(currency: string | null): readonly MethodType[] {
  return methodTypes.filter((type) => {
    const needed = currencies[type];
    return type === 'card' || (needed !== undefined && (currency === null || needed === currency));
  });
}

function filtered(params: Params, types: readonly MethodType[]): readonly MethodType[] {
  const allowed = params.has('allowed_payment_method_types')
    ? methodTypesIn(params, 'allowed_payment_method_types')
    : types;
  const excluded = params.strings('excluded_payment_method_types') ?? [];
  return types.filter((type) => allowed.includes(type) && !excluded.includes(type));
}

function checkedTypes(types: readonly MethodType[], currency: string | null): readonly MethodType[] {
  const wrong = types.find((type) => {
    const needed = currencies[type];
    return needed !== undefined && currency !== null && needed !== currency;
  });
  if (wrong === undefined) return types;
  throw invalidRequest({
    message: `The currency provided (${currency}) is invalid for one or more payment method types accepted by this PaymentIntent. ${wrong} accepts only ${currencies[wrong]}.`,
    param: 'currency',
  });
}
