/** The port to what a row knows of one-time sales before anything is paid. */

export interface SaleRecord {
  /**
   * Records that the user can buy something once from now on (Unix seconds), so that syncs read that too, whatever becomes of
   * the events. It is no change of the row: the fence does not include it. Returns false without a row.
   */
  noteSale(sub: string, nowSeconds: number): Promise<boolean>;
}

export interface SoldCustomers {
  /** Records the same in the customer, where it outlasts the row. Returns `missing` if the customer was deleted. */
  noteSoldOnce(customerId: string): Promise<'noted' | 'missing'>;
}
