/** What the settings of the installation say about every sale. No client chooses any of it. */
import type { PoolUser } from '../account/pool-user.ts';

export interface SaleTerms {
  readonly automaticTax: boolean;
  /** Whether a business can enter its tax id. */
  readonly taxIds: boolean;
  /** Null: Stripe asks for what the payment needs. */
  readonly billingAddress: 'required' | null;
  /** Whether the user must accept the terms of service that the Stripe account names. */
  readonly termsOfService: boolean;
  /** What the server takes off. Stripe then shows no field for promotion codes. */
  readonly discount: Discount | null;
  /** The types of payment methods that are offered, of those that the account has. Null: all of them. */
  readonly paymentMethods: readonly string[] | null;
  /** Whether a trial begins without a payment method. */
  readonly trialWithoutCard: boolean;
  /** What becomes of a trial that ends without one. */
  readonly trialEnd: TrialEnd;
}

export type Discount = { readonly coupon: string } | { readonly promotion_code: string };

export const trialEnds = ['cancel', 'pause', 'create_invoice'] as const;
export type TrialEnd = (typeof trialEnds)[number];

export const plainTerms: SaleTerms = {
  automaticTax: false,
  taxIds: false,
  billingAddress: null,
  termsOfService: false,
  discount: null,
  paymentMethods: null,
  trialWithoutCard: false,
  trialEnd: 'cancel',
};

/** What Stripe knows of a customer that is to be taxed. */
export interface BillingDetails {
  readonly name: string | null;
  /** Whether the address says where taxes are due. */
  readonly hasAddress: boolean;
  readonly hasTaxId: boolean;
}

export interface BillingReader {
  readBillingDetails(customerId: string): Promise<BillingDetails | 'missing'>;
}

/** What the page asks for, and what it may write into the customer. */
export interface Collection {
  readonly taxIds: boolean;
  readonly saves: readonly ('address' | 'name')[];
}

export const nothingCollected: Collection = { taxIds: false, saves: [] };

/** Only taxes need what the customer says in Stripe, so no other installation pays for the call. */
export function needsBillingDetails({ automaticTax, taxIds }: SaleTerms): boolean {
  return automaticTax || taxIds;
}

/**
 * Decides what the page may write into the customer: an address only where there is none, and a name only in place of the
 * one from the sign-up. Stripe asks a customer for a tax id only where it may save the name. Who has another name or a tax id has
 * set it, in the billing portal, which is where they change it.
 */
export function collectionOf(
  terms: SaleTerms,
  details: BillingDetails,
  user: Pick<PoolUser, 'givenName' | 'familyName'>,
): Collection {
  const { name, hasAddress, hasTaxId } = details;
  const taxIds = terms.taxIds && !hasTaxId && (name === null || name === fullName(user));
  return {
    taxIds,
    saves: [...(hasAddress ? [] : ['address' as const]), ...(taxIds ? ['name' as const] : [])],
  };
}

export function fullName({
  givenName,
  familyName,
}: Pick<PoolUser, 'givenName' | 'familyName'>): string | null {
  const name = [givenName, familyName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
