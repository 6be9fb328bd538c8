/** Purchases in app stores, and the port through which they are read. All times are Unix seconds. */

/** Where the user pays. `promotional` is no store: someone gave the access away. */
export const stores = ['app_store', 'play_store', 'amazon', 'web', 'promotional'] as const;
export type Store = (typeof stores)[number];

export interface StorePurchase {
  /** The id of the purchase at the service that reports it. */
  readonly id: string;
  /** The product id in the store, such as `monthly_pro`. Null: it has none, such as a promotion. */
  readonly productId: string | null;
  /** Null: a store that this version does not know. */
  readonly store: Store | null;
  /** Whether it gives access now, as the service says. It weighs refunds, pauses and the grace periods of the stores. */
  readonly givesAccess: boolean;
  readonly phase: StorePhase;
  /** The end of the time that is paid or granted. Null: it has none. */
  readonly until: number | null;
  /** Whether access ends then, because the user has canceled or paused it. */
  readonly ends: boolean;
  /** Whether the store may bill the user again. It may without giving access now: while it is paused, or retries a payment. */
  readonly billsAgain: boolean;
  /** Where the user changes it. */
  readonly manageUrl: string | null;
  /** Sorted keys of what it unlocks. */
  readonly features: readonly string[];
}

/** `over` also covers a phase that this version does not know, unless it gives access. */
export type StorePhase = 'trial' | 'paid' | 'payment_retried' | 'paused' | 'owned' | 'over';

export interface StorePurchases {
  /** Whether the service knows the user. It keeps a customer who has bought nothing, or whose purchases have ended. */
  readonly known: boolean;
  readonly purchases: readonly StorePurchase[];
  /** By the service's own clock, at or before the moment of the read. Null if the response had no time. */
  readonly asOf: number | null;
}

export interface PurchaseReader {
  /**
   * Returns what the user has bought in stores: what gives access or may give it again, and what has ended. Empty for a user
   * that the service does not know. Purchases that another payer reports too are left out. Throws a `Fault` if the service
   * does not answer or refuses.
   */
  readPurchases(sub: string): Promise<StorePurchases>;
}

export interface AliasReader {
  /** Returns every id of the customer that has this one; only the id itself if the service does not know it. */
  readAliases(id: string): Promise<readonly string[]>;
}

export interface StoreCustomerRemover {
  /** Deletes what the service stores about the user. `missing`: it knows no such user. It ends no subscription in a store. */
  deleteStoreCustomer(sub: string): Promise<'deleted' | 'missing'>;
}
