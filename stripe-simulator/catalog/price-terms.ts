/** Reads what a price charges: an amount per unit or package, or tiers. */
import { isDecimal, normalDecimal, wholeOf } from '../amounts/decimal.ts';
import type { Price, PriceTier } from '../model/catalog.ts';
import { Params } from '../protocol/params.ts';
import { invalidParameter, invalidRequest, missingParameter } from '../protocol/stripe-error.ts';

export type Terms = Pick<
  Price,
  'billing_scheme' | 'tiers' | 'tiers_mode' | 'transform_quantity' | 'unit_amount' | 'unit_amount_decimal'
>;

export function priceTerms(params: Params): Terms {
  const scheme = params.oneOf('billing_scheme', ['per_unit', 'tiered']) ?? 'per_unit';
  return scheme === 'tiered' ? tieredTerms(params) : unitTerms(params);
}

/** Reads the amounts of a currency option, which is priced as the price itself is. */
export function pricedTerms(
  params: Params | undefined,
  scheme: Price['billing_scheme'],
): Pick<Terms, 'tiers' | 'unit_amount' | 'unit_amount_decimal'> {
  const given = params ?? new Params({});
  if (scheme === 'per_unit') return unitTerms(given);
  const tiers = given.objects('tiers')?.map(tierOf) ?? [];
  if (tiers.length === 0) throw missingParameter(given.nameOf('tiers'));
  checkOrder(tiers, given.nameOf('tiers'));
  return { tiers, unit_amount: null, unit_amount_decimal: null };
}

function unitTerms(params: Params): Terms {
  for (const name of ['tiers', 'tiers_mode']) {
    if (!params.has(name)) continue;
    throw invalidRequest({
      message: `\`${name}\` can only be set when \`billing_scheme\` is \`tiered\`.`,
      param: params.nameOf(name),
    });
  }
  const amounts = decimalOf(params, 'unit_amount');
  if (amounts === undefined) throw missingParameter(params.nameOf('unit_amount'));
  return {
    billing_scheme: 'per_unit',
    tiers_mode: null,
    transform_quantity: transformOf(params.object('transform_quantity')),
    unit_amount: amounts.whole,
    unit_amount_decimal: amounts.decimal,
  };
}

function transformOf(params: Params | undefined): Price['transform_quantity'] {
  if (params === undefined) return null;
  const divideBy = params.integer('divide_by');
  const round = params.oneOf('round', ['up', 'down']);
  if (divideBy === undefined) throw missingParameter(params.nameOf('divide_by'));
  if (round === undefined) throw missingParameter(params.nameOf('round'));
  if (divideBy < 1) {
    throw invalidParameter({
      message: 'This value must be greater than or equal to 1.',
      code: 'parameter_invalid_integer',
      param: params.nameOf('divide_by'),
    });
  }
  return { divide_by: divideBy, round };
}

function tieredTerms(params: Params): Terms {
  for (const name of ['unit_amount', 'unit_amount_decimal', 'transform_quantity']) {
    if (!params.has(name)) continue;
    throw invalidRequest({
      message: `\`${name}\` cannot be set when \`billing_scheme\` is \`tiered\`.`,
      param: params.nameOf(name),
    });
  }
  const mode = params.oneOf('tiers_mode', ['graduated', 'volume']);
  if (mode === undefined) throw missingParameter(params.nameOf('tiers_mode'));
  const tiers = params.objects('tiers')?.map(tierOf) ?? [];
  if (tiers.length === 0) throw missingParameter(params.nameOf('tiers'));
  checkOrder(tiers, params.nameOf('tiers'));
  return {
    billing_scheme: 'tiered',
    tiers,
    tiers_mode: mode,
    transform_quantity: null,
    unit_amount: null,
    unit_amount_decimal: null,
  };
}

function tierOf(params: Params): PriceTier {
  const flat = decimalOf(params, 'flat_amount');
  const unit = decimalOf(params, 'unit_amount');
  if (flat === undefined && unit === undefined) throw missingParameter(params.nameOf('unit_amount'));
  const isLast = params.required('up_to') === 'inf';
  return {
    flat_amount: flat?.whole ?? null,
    flat_amount_decimal: flat?.decimal ?? null,
    unit_amount: unit?.whole ?? null,
    unit_amount_decimal: unit?.decimal ?? null,
    up_to: isLast ? null : (params.integer('up_to') ?? null),
  };
}

/** Tiers rise, and only the last one has no end. */
function checkOrder(tiers: readonly PriceTier[], param: string): void {
  const ends = tiers.map(({ up_to: upTo }) => upTo ?? Number.POSITIVE_INFINITY);
  const rises = ends.every((end, index) => end > (ends[index - 1] ?? 0));
  if (rises && ends.at(-1) === Number.POSITIVE_INFINITY) return;
  throw invalidRequest({
    message: 'The tiers must be in ascending order of `up_to`, and the last one must have `up_to=inf`.',
    param,
  });
}

/** Reads an amount that has a variant with decimals. Only one of them may be given. */
export function decimalOf(
  params: Params,
  name: string,
): { readonly whole: number | null; readonly decimal: string } | undefined {
  const decimalName = `${name}_decimal`;
  if (params.has(name) && params.has(decimalName)) {
    throw invalidParameter({
      message: `You may only specify one of these parameters: ${params.nameOf(name)}, ${params.nameOf(decimalName)}.`,
    });
  }
  const whole = params.integer(name);
  if (whole !== undefined) {
    if (whole >= 0) return { whole, decimal: String(whole) };
    throw invalidParameter({
      message: 'Invalid non-negative integer',
      code: 'parameter_invalid_integer',
      param: params.nameOf(name),
    });
  }
  const decimal = params.string(decimalName);
  if (decimal === undefined) return undefined;
  if (isDecimal(decimal)) return { whole: wholeOf(decimal), decimal: normalDecimal(decimal) };
  throw invalidParameter({ message: `Invalid decimal: ${decimal}`, param: params.nameOf(decimalName) });
}
