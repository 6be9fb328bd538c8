/** Shapes that all Stripe objects share. */

export type Metadata = Readonly<Record<string, string>>;

/** A JSON value that is passed through as the caller sent it. */
export type Opaque = unknown;

export interface StripeObject {
  id: string;
  object: string;
}

export interface ObjectList<T> {
  object: 'list';
  data: readonly T[];
  has_more: boolean;
  total_count?: number;
  url: string;
}
