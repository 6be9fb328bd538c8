/** The tax ids of customers. */
export interface TaxId {
  id: string;
  object: 'tax_id';
  country: string | null;
  created: number;
  customer: string;
  customer_account: null;
  livemode: false;
  owner: { customer: string; customer_account: null; type: 'customer' };
  type: string;
  value: string;
  verification: {
    status: 'pending' | 'unavailable' | 'unverified' | 'verified';
    verified_address: string | null;
    verified_name: string | null;
  };
}
