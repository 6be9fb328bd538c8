/** What a tap sees of one request. */
import type { IncomingMessage } from 'node:http';

export interface TappedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Complete only at the end. */
  readonly body: Buffer;
}

export interface TappedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** The connection ended before the answer was complete. */
  readonly aborted: boolean;
}
