/** Shapes that every Stripe object shares. */

export type Metadata = Readonly<Record<string, string>>;

/** Any JSON-like value that is passed through as the caller gave it. */
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
