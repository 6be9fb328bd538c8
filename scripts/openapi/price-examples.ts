/** The examples of prices: those of the catalogue, and what they mean for a subscriber and for a new user. */
import type { OfferedPrice, OwnPricesResponse, PricesResponse } from '../../contract/prices.ts';
import { PERIOD_END } from './example-period.ts';

const monthlyPro: OfferedPrice = {
  id: 'price_1QxYzPro',
  lookup_key: 'pro_monthly',
  product: {
    id: 'prod_RxYzPro',
    name: 'Pro',
    description: 'For people who write every day.',
    features: ['Export', 'Priority support'],
    images: [],
  },
  currency: 'usd',
  unit_amount: 990,
  unit_amount_decimal: '990',
  billing_scheme: 'per_unit',
  tiers_mode: null,
  tiers: null,
  transform_quantity: null,
  tax_behavior: 'exclusive',
  currency_options: [
    { currency: 'eur', unit_amount: 900, unit_amount_decimal: '900', tax_behavior: 'inclusive' },
  ],
  recurring: { interval: 'month', interval_count: 1 },
  role: 'plan',
  trial_days: 14,
  access: null,
  unlocks: [],
  max_quantity: 10,
};
const yearlyPro: OfferedPrice = {
  ...monthlyPro,
  id: 'price_1QxYzProYearly',
  lookup_key: 'pro_yearly',
  unit_amount: 9_900,
  unit_amount_decimal: '9900',
  currency_options: [],
  recurring: { interval: 'year', interval_count: 1 },
};
const prices: PricesResponse = { prices: [monthlyPro] };

const pricesOfSubscriber: OwnPricesResponse = {
  current: {
    plan: 'price_1QxYzPro',
    quantity: 1,
    add_ons: [],
    recurring: { interval: 'month', interval_count: 1 },
    source: 'stripe',
    manage_url: null,
    current_period_end: PERIOD_END,
    cancel_at: null,
  },
  prices: [
    {
      ...monthlyPro,
      trial: { refused: 'not_offered' },
      action: 'current',
      again: false,
      when: null,
      takes_effect_at: null,
      reason: null,
    },
    {
      ...yearlyPro,
      trial: { refused: 'not_offered' },
      action: 'upgrade',
      again: false,
      when: 'now',
      takes_effect_at: null,
      reason: null,
    },
  ],
};
const pricesOfNewUser: OwnPricesResponse = {
  current: null,
  prices: [
    {
      ...monthlyPro,
      trial: { days: 14 },
      action: 'buy',
      again: false,
      when: null,
      takes_effect_at: null,
      reason: null,
    },
  ],
};

export const priceExamples = {
  PricesResponse: { prices: { value: prices } },
  OwnPricesResponse: { subscriber: { value: pricesOfSubscriber }, newUser: { value: pricesOfNewUser } },
};
