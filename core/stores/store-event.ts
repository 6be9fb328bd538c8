/** A verified event of the service that reports purchases, reduced to the users to read. Nothing else of it is used. */

export interface StoreEvent {
  readonly id: string;
  readonly type: string;
  /** Every id that the event gives for its customer, or for both customers of a transfer. */
  readonly ids: readonly string[];
  /** Of a transfer: those of the customer who loses the purchases, and of the one who gets them. */
  readonly sides?: readonly (readonly string[])[];
}
