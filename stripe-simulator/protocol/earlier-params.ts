/** Parameters that earlier API versions know, and the types of the current library do not. */

interface EarlierParam {
  readonly method: string;
  /** With `:` for each id. */
  readonly path: string;
  /** The name, with `[]` for each element of a list. */
  readonly name: string;
  /** The first date whose version refuses it. */
  readonly until: string;
}

function methodTypesOf(path: string): EarlierParam {
  return { method: 'POST', path, name: 'payment_method_types', until: '9999-01-01' };
}

const earlierParams: readonly EarlierParam[] = [
  // Since then, Stripe chooses the payment methods.
  { method: 'POST', path: '/v1/checkout/sessions', name: 'payment_method_types', until: '2026-09-30' },
  // The operations of intents refuse it with an error of its own.
  ...['/v1/payment_intents', '/v1/payment_intents/:', '/v1/payment_intents/:/confirm'].map(methodTypesOf),
  ...['/v1/setup_intents', '/v1/setup_intents/:'].map(methodTypesOf),
  // Since then, a phase has a `duration`.
  { method: 'POST', path: '/v1/subscription_schedules', name: 'phases[][iterations]', until: '2025-09-30' },
  { method: 'POST', path: '/v1/subscription_schedules/:', name: 'phases[][iterations]', until: '2025-09-30' },
  ...customerParams('/v1/customers'),
  ...customerParams('/v1/customers/:'),
  ...customerParams('/v1/subscriptions'),
  ...customerParams('/v1/subscriptions/:'),
  // Since then, the coupon is in `promotion`.
  { method: 'POST', path: '/v1/promotion_codes', name: 'coupon', until: '2025-09-30' },
];

/** Since then, `discounts` takes the place of both. */
function customerParams(path: string): EarlierParam[] {
  const until = '2025-03-31';
  return ['coupon', 'promotion_code'].map((name) => ({ method: 'POST', path, name, until }));
}

/**
 * Whether a request with this version may have the parameter, such as `phases[0][iterations]`. A request that states no
 * version has that of the account, which can be any: the Stripe CLI relies on it.
 */
export function wasKnown(
  name: string,
  route: { readonly method: string; readonly path: string; readonly version: string | null },
): boolean {
  const general = name.replaceAll(/\[\d+\]/g, '[]');
  return earlierParams.some(
    (param) =>
      param.method === route.method &&
      param.path === route.path &&
      (general === param.name || general.startsWith(`${param.name}[`)) &&
      (route.version === null || route.version.slice(0, 10) < param.until),
  );
}
