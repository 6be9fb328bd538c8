/** An error that Stripe answers with. */
import type { IncomingHttpHeaders } from 'node:http';
import { recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { Answer } from '../transport/connection.ts';

export class StripeError extends Error {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string | undefined;
  /** Stripe's type of the error, such as `invalid_request_error`. */
  readonly rawType: string;
  readonly code: string | undefined;
  readonly param: string | undefined;

  /** A body that is none of Stripe's, such as the page of a proxy, describes no error. */
  constructor({ status, headers }: Answer, body: UnknownRecord | null) {
    const error = recordAt(body, 'error');
    super(textAt(error, 'message') ?? 'Stripe does not describe the error.');
    this.name = 'StripeError';
    this.statusCode = status;
    this.headers = headers;
    this.requestId = [headers['request-id']].flat()[0];
    this.rawType = textAt(error, 'type') ?? 'api_error';
    this.code = textAt(error, 'code') ?? undefined;
    this.param = textAt(error, 'param') ?? undefined;
  }
}
