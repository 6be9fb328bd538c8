/** Errors in the format of RevenueCat's API. */
import { type Answer, jsonAnswer } from './answer.ts';

const DOC_URL = 'https://errors.rev.cat';

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'parameter_error',
  401: 'authentication_error',
  403: 'authorization_error',
  404: 'resource_missing',
  409: 'resource_already_exists',
  422: 'unprocessable_entity_error',
  423: 'resource_locked_error',
  429: 'rate_limit_error',
};

const retryableStatuses: readonly number[] = [423, 429, 500, 503];

export interface ErrorDetails {
  readonly param?: string;
  readonly backoffMs?: number;
}

export class RevenueCatError extends Error {
  override readonly name = 'RevenueCatError';
  readonly status: number;
  readonly details: ErrorDetails;

  constructor(status: number, message: string, details: ErrorDetails = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }

  get type(): string {
    return typeOfStatus[this.status] ?? 'server_error';
  }

  answer(): Answer {
    const { param, backoffMs } = this.details;
    const answer = jsonAnswer(this.status, {
      object: 'error',
      type: this.type,
      ...(param === undefined ? {} : { param }),
      ...(backoffMs === undefined ? {} : { backoff_ms: backoffMs }),
      message: this.message,
      retryable: retryableStatuses.includes(this.status),
      doc_url: `${DOC_URL}/${this.type.replaceAll('_', '-')}`,
    });
    if (backoffMs === undefined) return answer;
    const retryAfter = String(Math.max(1, Math.ceil(backoffMs / 1000)));
    return { ...answer, headers: { ...answer.headers, 'Retry-After': retryAfter } };
  }
}

export function invalidParameter(param: string, message: string): RevenueCatError {
  return new RevenueCatError(400, message, { param });
}

export function missing(what: string, id: string): RevenueCatError {
  return new RevenueCatError(404, `The ${what} ${id} does not exist.`);
}

/** An operation that the state of the object does not allow. */
export function impossible(message: string): RevenueCatError {
  return new RevenueCatError(422, message);
}
