/** Stripe refuses the discount that the settings give every sale. No client chose it, so no client can correct it. */
import { Fault, refusalIn } from '../system/fault.ts';
import type { Refusal } from '../system/refusal.ts';
import type { SaleTerms } from './sale-terms.ts';

const ofSettings: Refusal = {
  kind: 'installation',
  setting: 'CHECKOUT_DISCOUNT',
  fix: 'Name a coupon or a promotion code that is valid, in the currency of the prices, and not limited to some customers; or remove it.',
};

export function withRefusedDiscount(cause: unknown, { discount }: Pick<SaleTerms, 'discount'>): unknown {
  const refusal = refusalIn(cause);
  const isOfDiscount = refusal?.kind === 'situation' && refusal.problem === 'promotion_not_applicable';
  if (!(cause instanceof Fault) || discount === null || !isOfDiscount) return cause;
  return new Fault({ ...cause.details, refusal: ofSettings }, { cause: cause.cause });
}
