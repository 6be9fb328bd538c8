/**
 * Completes an object with constant and derived fields, and omits the fields that the reader's version does not have.
 */
import { constantFields, introductionDates, omittedWhenNull } from './constant-fields.ts';
import { child, type Json, type JsonObject, type Reader, text } from './json.ts';
import { isDeletion } from './nested-fields.ts';
import { planOf } from './plan.ts';

type Derive = (object: JsonObject, reader: Reader) => JsonObject;

export const derivedFields = {
  subscription_item: (item) => ({ plan: planOf(child(item['price'])) }),
  invoice: (invoice) => ({
    lines: firstOf(child(invoice['lines'])),
    effective_at: child(invoice['status_transitions'])?.['finalized_at'] ?? null,
  }),
  line_item: (line) => {
    const parent = child(line['parent']);
    const details = child(parent?.['subscription_item_details']) ?? child(parent?.['invoice_item_details']);
    return {
      quantity_decimal: decimal(line['quantity']),
      subscription: details?.['subscription'] ?? null,
    };
  },
  invoiceitem: (item, { store }) => ({
    quantity_decimal: decimal(item['quantity']),
    test_clock: store.customers.get(text(item['customer']))?.test_clock ?? null,
  }),
} as const satisfies Readonly<Record<string, Derive>>;

const LINES_SHOWN = 10;

/** An invoice shows only its first lines. The others have a list of their own. */
function firstOf(lines: JsonObject | undefined): Json {
  const data = Array.isArray(lines?.['data']) ? (lines['data'] as readonly Json[]) : [];
  if (lines === undefined || data.length <= LINES_SHOWN) return lines ?? null;
  return { ...lines, data: data.slice(0, LINES_SHOWN), has_more: true };
}

function decimal(quantity: Json | undefined): string | null {
  return typeof quantity === 'number' ? String(quantity) : null;
}

const constants: Readonly<Record<string, JsonObject>> = constantFields;
const derivations: Readonly<Record<string, Derive>> = derivedFields;

/** Returns the object with its constant and derived fields. */
export function complete(kind: string, object: JsonObject, reader: Reader): JsonObject {
  const fixed = constants[kind];
  const derive = derivations[kind];
  if ((fixed === undefined && derive === undefined) || isDeletion(object)) return object;
  return { ...object, ...fixed, ...derive?.(object, reader) };
}

/** Fields that Stripe shows only when they are expanded. */
export const expandableFields: Readonly<Record<string, readonly string[]>> = {
  coupon: ['applies_to', 'currency_options'],
  price: ['tiers', 'currency_options'],
};

/** Returns the object without fields newer than the version and without fields that Stripe omits. */
export function omitFields(kind: string, object: JsonObject, version: string): JsonObject {
  const newer = Object.entries(introductionDates[kind] ?? {}).filter(
    ([, since]) => version.slice(0, 10) < since,
  );
  const empty = (omittedWhenNull[kind] ?? []).filter((name) => object[name] === null);
  const hidden = expandableFields[kind] ?? [];
  const dropped = new Set([...newer.map(([name]) => name), ...empty, ...hidden]);
  if (dropped.size === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => !dropped.has(name)));
}
