/** What a price charges for a quantity: per unit, per package, or by tiers. */
import type { Price, PriceTier } from '../model/catalog.ts';
import { timesDecimal } from './decimal.ts';

/** A part of the charge, which becomes a line of its own. */
export interface Charge {
  readonly amount: number;
  readonly quantity: number;
  readonly unitAmountDecimal: string;
  /** The number of the tier from 1, and null without tiers. */
  readonly tier: number | null;
  readonly isFlat: boolean;
}

export type PriceTerms = Pick<Price, 'tiers' | 'tiers_mode' | 'transform_quantity' | 'unit_amount_decimal'>;

export function chargesFor(price: PriceTerms, quantity: number): readonly Charge[] {
  const { tiers, tiers_mode: mode } = price;
  if (tiers !== undefined && mode === 'volume') return volumeCharges(tiers, quantity);
  if (tiers !== undefined && mode === 'graduated') return graduatedCharges(tiers, quantity);
  const units = packagesOf(price, quantity);
  return [chargeOf(price.unit_amount_decimal ?? '0', { amountOf: units, quantity, tier: null })];
}

export function amountFor(price: PriceTerms, quantity: number): number {
  return chargesFor(price, quantity).reduce((sum, { amount }) => sum + amount, 0);
}

/** Returns the number of packages that are charged, such as one for 1 to 10 units. */
function packagesOf({ transform_quantity: transform }: PriceTerms, quantity: number): number {
  if (transform === null) return quantity;
  const packages = quantity / transform.divide_by;
  return transform.round === 'up' ? Math.ceil(packages) : Math.floor(packages);
}

function chargeOf(
  unitAmountDecimal: string,
  facts: { amountOf: number; quantity: number; tier: number | null; isFlat?: boolean },
): Charge {
  const { amountOf, quantity, tier, isFlat = false } = facts;
  return { amount: timesDecimal(unitAmountDecimal, amountOf), quantity, unitAmountDecimal, tier, isFlat };
}

/** All units have the price of the tier that the quantity falls into. */
function volumeCharges(tiers: readonly PriceTier[], quantity: number): Charge[] {
  const index = tiers.findIndex(({ up_to: upTo }) => upTo === null || quantity <= upTo);
  const tier = tiers[index];
  return tier === undefined ? [] : tierCharges(tier, { quantity, number: index + 1 });
}

/** Each tier has a price for the units that fall into it. */
function graduatedCharges(tiers: readonly PriceTier[], quantity: number): Charge[] {
  let below = 0;
  return tiers.flatMap((tier, index) => {
    const end = Math.min(quantity, tier.up_to ?? quantity);
    const within = Math.max(0, end - below);
    const isReached = within > 0 || index === 0;
    below = Math.max(below, end);
    return isReached ? tierCharges(tier, { quantity: within, number: index + 1 }) : [];
  });
}

function tierCharges(tier: PriceTier, { quantity, number }: { quantity: number; number: number }): Charge[] {
  const perUnit = tier.unit_amount_decimal;
  const flat = tier.flat_amount_decimal;
  const unitCharge = chargeOf(perUnit ?? '0', { amountOf: quantity, quantity, tier: number });
  if (flat === null) return [unitCharge];
  const flatCharge = chargeOf(flat, { amountOf: 1, quantity: 0, tier: number, isFlat: true });
  return perUnit === null && quantity === 0 ? [flatCharge] : [unitCharge, flatCharge];
}
