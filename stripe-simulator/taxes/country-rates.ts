/** Standard rates by country, and by state in the United States. They are examples, and no tax advice. */

export interface CountryRate {
  readonly country: string;
  readonly state: string | null;
  readonly percentage: number;
  readonly name: string;
  readonly type: string;
}

const vat: Readonly<Record<string, number>> = {
  AT: 20,
  BE: 21,
  BG: 20,
  CH: 8.1,
  CY: 19,
  CZ: 21,
  DE: 19,
  DK: 25,
  EE: 24,
  ES: 21,
  FI: 25.5,
  FR: 20,
  GB: 20,
  GR: 24,
  HR: 25,
  HU: 27,
  IE: 23,
  IT: 22,
  LT: 21,
  LU: 17,
  LV: 21,
  MT: 18,
  NL: 21,
  NO: 25,
  PL: 23,
  PT: 23,
  RO: 21,
  SE: 25,
  SI: 22,
  SK: 23,
};

const gst: Readonly<Record<string, number>> = { AU: 10, CA: 5, IN: 18, NZ: 15, SG: 9 };

const salesTax: Readonly<Record<string, number>> = {
  AZ: 5.6,
  CA: 7.25,
  CO: 2.9,
  FL: 6,
  GA: 4,
  IL: 6.25,
  MA: 6.25,
  NJ: 6.625,
  NY: 4,
  OH: 5.75,
  PA: 6,
  TX: 6.25,
  VA: 4.3,
  WA: 6.5,
};

const JAPANESE_CONSUMPTION_TAX = 10;

/** Returns the rate of a place. A place that is not in the table has no tax. */
export function countryRate(country: string, state: string | null): CountryRate {
  if (country === 'US') {
    const percentage = salesTax[state ?? ''] ?? 0;
    return { country, state, percentage, name: 'Sales Tax', type: 'sales_tax' };
  }
  if (country === 'JP') {
    return { country, state: null, percentage: JAPANESE_CONSUMPTION_TAX, name: 'JCT', type: 'jct' };
  }
  const goods = gst[country];
  if (goods !== undefined) return { country, state: null, percentage: goods, name: 'GST', type: 'gst' };
  return { country, state: null, percentage: vat[country] ?? 0, name: 'VAT', type: 'vat' };
}
