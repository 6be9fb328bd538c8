/**
 * What Stripe refuses, as data: the request, the answer, and where it is known from. The test next to it sends each
 * request. `{name}` in a value stands for an object of the test.
 */

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
