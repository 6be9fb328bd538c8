/** Reads an API Gateway event, of a REST API (v1) or an HTTP API (v2), as one request type. */
import {
  isRecord,
  recordAt,
  recordIn,
  textAt,
  textIn,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';

export interface Request {
  /** API Gateway's request id, for the logs. */
  readonly requestId: string | null;
  /** In upper case; empty if the event has none, and `INVALID` if it is no text. */
  readonly method: string;
  /** May start with the stage's name. */
  readonly path: string;
  /** The original bytes, which a webhook signature covers. */
  readonly body: Buffer;
  /** Takes the lower-case name. */
  header(name: string): string | undefined;
  /** Takes the exact name, and returns the decoded value. */
  query(name: string): string | undefined;
  /** The claims that the authorizer verified. They are the only source of identity. */
  readonly claims: UnknownRecord;
}

export function readRequest(event: unknown): Request {
  const request = recordIn(event);
  const context = recordAt(request, 'requestContext');
  const http = recordAt(context, 'http');
  return {
    requestId: textAt(context, 'requestId'),
    method: methodOf(
      // A tool that shortens events may keep only one of them.
      [request, context].map((part) => valueAt(part, 'httpMethod')).find(isGiven) ??
        valueAt(http, 'method') ??
        methodIn(textAt(request, 'routeKey')),
    ),
    path: textAt(request, 'rawPath') ?? textAt(request, 'path') ?? textAt(http, 'path') ?? '',
    body: bodyOf(request),
    header: (name) => headerOf(request, name),
    query: (name) => queryOf(request, name),
    claims: claimsOf(recordAt(context, 'authorizer')),
  };
}

/** Returns whether the request is for the path. It may start with a stage's name or a base path, and end with a slash. */
export function isAt(request: Pick<Request, 'path'>, path: string): boolean {
  return request.path.replace(/\/$/, '').endsWith(path);
}

function methodOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return textIn(value)?.toUpperCase() ?? 'INVALID';
}

/** Returns the method of a route (`GET /me/account`), unless the route stands for all of them. */
function methodIn(routeKey: string | null): string | undefined {
  const method = /^(?<method>[A-Z]+) \//.exec(routeKey ?? '')?.groups?.['method'];
  return method === 'ANY' ? undefined : method;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Returns the claims: REST APIs put them on the authorizer, HTTP APIs one level deeper. */
function claimsOf(authorizer: UnknownRecord | null): UnknownRecord {
  const claims = valueAt(recordAt(authorizer, 'jwt'), 'claims') ?? valueAt(authorizer, 'claims');
  return isRecord(claims) ? claims : {};
}

/** Decodes the body, which API Gateway sends as base64 for binary content types. */
function bodyOf(request: UnknownRecord | null): Buffer {
  const body = valueAt(request, 'body');
  const isBase64 = valueAt(request, 'isBase64Encoded') === true;
  return Buffer.from(typeof body === 'string' ? body : '', isBase64 ? 'base64' : 'utf8');
}

/** Finds a header in any letter case: REST APIs keep the client's spelling, HTTP APIs send lower case. */
function headerOf(request: UnknownRecord | null, name: string): string | undefined {
  const single = headerIn(recordAt(request, 'headers'), name);
  if (typeof single === 'string') return single;
  const several = headerIn(recordAt(request, 'multiValueHeaders'), name);
  return Array.isArray(several) ? several.filter((value) => typeof value === 'string').join(',') : undefined;
}

function headerIn(headers: UnknownRecord | null, name: string): unknown {
  if (headers === null || Object.hasOwn(headers, name)) return headers?.[name];
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Both forms of events have the decoded parameters here. An HTTP API joins several of one name with commas. */
function queryOf(request: UnknownRecord | null, name: string): string | undefined {
  const value = valueAt(recordAt(request, 'queryStringParameters'), name);
  return typeof value === 'string' ? value : undefined;
}
