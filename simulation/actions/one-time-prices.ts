/** The prices that are paid once: a lifetime, and two passes of one product. */
import type { SoldTerms } from '../../core/purchase/purchase.ts';

export const lifetime: SoldTerms = {
  price: 'price_lifetime',
  keys: ['lifetime', 'prod_lifetime'],
  quantity: 1,
  access: { kind: 'lifetime' },
  features: ['export'],
};

export const passes: readonly SoldTerms[] = [
  {
    ...lifetime,
    price: 'price_pass_30',
    keys: ['prod_pass'],
    access: { kind: 'days', days: 30 },
    features: [],
  },
  {
    ...lifetime,
    price: 'price_pass_7',
    keys: ['prod_pass'],
    access: { kind: 'days', days: 7 },
    features: [],
  },
];

/** The other names of the prices. */
export const keysOfSales: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [lifetime, ...passes].map(({ price, keys }) => [price, keys]),
);
