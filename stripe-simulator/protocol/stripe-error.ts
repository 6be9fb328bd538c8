/** Stripe's errors: every request that the simulator rejects throws one of these. */

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export interface ErrorDetails {
  readonly status: number;
  readonly type: ErrorType;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  /** Whether a parameter was found invalid before the request was executed. */
  readonly validation?: true;
  /** Further fields, such as the decline code, the charge and the payment intent of a card error. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export class StripeError extends Error {
  override readonly name = 'StripeError';
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(details.message);
    this.details = details;
  }

  /** Returns the error with further fields, such as the object that it is about. */
  with(extra: Readonly<Record<string, unknown>>): StripeError {
    return new StripeError({ ...this.details, extra: { ...this.details.extra, ...extra } });
  }

  get status(): number {
    return this.details.status;
  }

  /** Whether the request was rejected before it was executed. Such a response is not stored for its idempotency key. */
  get beforeExecution(): boolean {
    const { status, code, type } = this.details;
    if (status === 401 || status === 409 || status === 429 || type === 'idempotency_error') return true;
    return this.details.validation === true || code?.startsWith('parameter_') === true;
  }

  body(requestId: string): object {
    const { type, code, param, message, extra } = this.details;
    return {
      error: {
        ...(code === undefined ? {} : { code, doc_url: docUrl(code) }),
        ...extra,
        message,
        ...(param === undefined ? {} : { param }),
        request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
        type,
      },
    };
  }
}

export function docUrl(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`;
}

export function invalidRequest(details: {
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
}): StripeError {
  return new StripeError({ status: 400, type: 'invalid_request_error', ...details });
}

/** The error for a parameter whose value can never be valid, whatever the account contains. */
export function invalidParameter(details: Parameters<typeof invalidRequest>[0]): StripeError {
  return new StripeError({ status: 400, type: 'invalid_request_error', validation: true, ...details });
}

export function missingParameter(param: string): StripeError {
  return invalidRequest({ message: `Missing required param: ${param}.`, code: 'parameter_missing', param });
}

/** The error for an unknown id in the path: 404 `resource_missing`. */
export function notFound(noun: string, id: string): StripeError {
  const message = `No such ${noun}: '${id}'`;
  return new StripeError({
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_missing',
    param: 'id',
    message,
  });
}

/** The error for an unknown id in a parameter: 400 `resource_missing`. */
export function noSuch(noun: string, reference: { id: string; param: string }): StripeError {
  return invalidRequest({
    message: `No such ${noun}: '${reference.id}'`,
    code: 'resource_missing',
    param: reference.param,
  });
}
