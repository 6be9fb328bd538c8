/** An API Gateway event, in either form (REST v1, HTTP v2), as one small request. */
import {
  isRecord,
  recordAt,
  recordIn,
  textAt,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';

export interface Request {
  /** API Gateway's own id, for the logs. */
  readonly requestId: string | null;
  /** Upper case; empty if the event does not say. */
  readonly method: string;
  /** With the stage's name before it, where API Gateway puts it there. */
  readonly path: string;
  /** The body's bytes as they were sent. */
  readonly body: Buffer;
  /** By its lower-case name. */
  header(name: string): string | undefined;
  /** Claims that the authorizer has verified: the only source of identity. */
  readonly claims: UnknownRecord;
}

export function readRequest(event: unknown): Request {
  const request = recordIn(event);
  const context = recordAt(request, 'requestContext');
  const http = recordAt(context, 'http');
  return {
    requestId: textAt(context, 'requestId'),
    method: (textAt(request, 'httpMethod') ?? textAt(http, 'method') ?? '').toUpperCase(),
    path: textAt(request, 'rawPath') ?? textAt(request, 'path') ?? '',
    body: bodyOf(request),
    header: (name) => headerOf(request, name),
    claims: claimsOf(recordAt(context, 'authorizer')),
  };
}

/** Of the routes that a function serves, which one: a stage's name or a base path may stand before the path. */
export function isRoute(request: Request, method: string, path: string): boolean {
  return request.method === method && request.path.endsWith(path);
}

/** REST keeps the claims on the authorizer, HTTP a step deeper. */
function claimsOf(authorizer: UnknownRecord | null): UnknownRecord {
  const claims = valueAt(recordAt(authorizer, 'jwt'), 'claims') ?? valueAt(authorizer, 'claims');
  return isRecord(claims) ? claims : {};
}

/** Content types other than text and JSON arrive as base64. */
function bodyOf(request: UnknownRecord | null): Buffer {
  const body = valueAt(request, 'body');
  const isBase64 = valueAt(request, 'isBase64Encoded') === true;
  return Buffer.from(typeof body === 'string' ? body : '', isBase64 ? 'base64' : 'utf8');
}

/** REST passes names on as the client wrote them, HTTP in lower case. */
function headerOf(request: UnknownRecord | null, name: string): string | undefined {
  const single = headerIn(recordAt(request, 'headers'), name);
  if (typeof single === 'string') return single;
  const several = headerIn(recordAt(request, 'multiValueHeaders'), name);
  return Array.isArray(several) ? several.filter((value) => typeof value === 'string').join(',') : undefined;
}

function headerIn(headers: UnknownRecord | null, name: string): unknown {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
