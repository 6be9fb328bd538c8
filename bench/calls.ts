/** The calls that functions make, and what they are answered with. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { parseJsonObject } from '../local/http/body.ts';

export const systems = ['dynamodb', 'cognito', 'stripe', 'revenuecat'] as const;
export type System = (typeof systems)[number];

export type Urls = Readonly<Record<System, string>>;

export interface Call {
  readonly system: System;
  /** Such as `GetItem predixa_entitlements`, or `GET /v1/subscriptions?limit=100`. */
  readonly name: string;
  /** Everything that the ids of a user may be in. */
  readonly text: string;
}

export interface RecordedCall extends Call {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Times, in a query. */
const UNIX_SECONDS = /\b1\d{9}\b/g;
/** Of a person, in a key. */
const HASH = /[0-9a-f]{64}/;

export function callOf(system: System, { method, path, headers, body }: Request): Call {
  const text = `${path} ${body}`;
  const target = headers['x-amz-target'];
  if (typeof target !== 'string') {
    return { system, name: `${method} ${path.replace(UNIX_SECONDS, 'TIME')}`, text };
  }
  const operation = target.replace(/^.*\./, '');
  const input = parseJsonObject(body) ?? {};
  const key = keyIn(input['Key'] ?? input['Item']);
  // The update that takes a lease returns the row, and the one that writes it does not.
  const parts = [operation, input['TableName'], key, input['ReturnValues']];
  return { system, name: parts.filter(Boolean).join(' '), text };
}

/** Returns the value of the tables' one key. */
function keyIn(item: unknown): string {
  const { cognito_sub, userId } = (item ?? {}) as Readonly<Record<string, { readonly S?: string }>>;
  return ((cognito_sub ?? userId)?.S ?? '').replace(HASH, 'HASH');
}
