/** The shape of an entry of the refusals, and the beginnings of their sources. */

/** How the answer is known: from Stripe's documentation, from an answer that someone published, or by its status only. */
type Evidence = 'documented' | 'observed' | 'status';

export interface Refusal {
  readonly title: string;
  /** Method and path. */
  readonly request: string;
  /** The body as a form, before the encoding. */
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error: {
    readonly status?: number;
    readonly code?: string;
    readonly param?: string;
    /** The whole message, or its start if it ends with an ellipsis. */
    readonly message: string;
  };
  readonly evidence: Evidence;
  readonly source: string;
}

export const DOCS = 'https://docs.stripe.com';
export const ISSUES = 'https://github.com';
/** A new subscription of the test's customer to the test's price, to which more is added. */
export const SUBSCRIPTION = 'customer={customer}&items[0][price]={price}';
