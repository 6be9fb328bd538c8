/** Discounts and promotion codes before 2025-09-30.clover, which contain their coupon. */
import { child, type Json, type JsonObject, type Reader, text } from './json.ts';

const FIRST_CLOVER_DATE = '2025-09-30';

/** Returns the object with its coupon in the place where the version has it. */
export function withCoupon(kind: string, object: JsonObject, reader: Reader): JsonObject {
  if (reader.version.slice(0, 10) >= FIRST_CLOVER_DATE) return object;
  if (kind === 'discount') {
    const { source: _source, ...rest } = object;
    const coupon = reader.store.redeemedCoupons.get(text(object['id']))?.coupon ?? null;
    return { ...rest, coupon: coupon as unknown as Json };
  }
  if (kind !== 'promotion_code') return object;
  const { promotion, ...rest } = object;
  const coupon = reader.store.coupons.get(text(child(promotion)?.['coupon'])) ?? null;
  return { ...rest, coupon: coupon as unknown as Json };
}

/** Returns the one discount that older versions show in addition to the list. */
export function firstDiscount(object: JsonObject, { store }: Reader): Json {
  const [id] = Array.isArray(object['discounts']) ? (object['discounts'] as readonly Json[]) : [];
  return (store.discounts.get(text(id)) ?? null) as unknown as Json;
}
