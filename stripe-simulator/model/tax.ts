/** Tax rates, and the taxes of an invoice or one of its lines. */
import type { Metadata } from './common.ts';

export interface TaxRate {
  id: string;
  object: 'tax_rate';
  active: boolean;
  country: string | null;
  created: number;
  description: string | null;
  display_name: string;
  effective_percentage: number | null;
  flat_amount: null;
  inclusive: boolean;
  jurisdiction: string | null;
  jurisdiction_level: 'country' | 'state' | null;
  livemode: false;
  metadata: Metadata;
  percentage: number;
  rate_type: 'percentage' | null;
  state: string | null;
  tax_type: string | null;
}

export interface Tax {
  amount: number;
  tax_behavior: 'exclusive' | 'inclusive';
  tax_rate_details: { tax_rate: string };
  taxability_reason: 'customer_exempt' | 'not_available' | 'reverse_charge' | 'standard_rated' | 'zero_rated';
  taxable_amount: number;
  type: 'tax_rate_details';
}

export interface AutomaticTax {
  disabled_reason: null;
  enabled: boolean;
  liability: { type: 'self' } | null;
}
