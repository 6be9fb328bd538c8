/** An API Gateway event, in either form (REST v1, HTTP v2), as one small request. */

type Json = Readonly<Record<string, unknown>>;

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
  readonly claims: Json;
}

export function readRequest(event: unknown): Request {
  const request = objectOf(event);
  const context = objectOf(request['requestContext']);
  const http = objectOf(context['http']);
  return {
    requestId: textOf(context['requestId']),
    method: (textOf(request['httpMethod']) ?? textOf(http['method']) ?? '').toUpperCase(),
    path: textOf(request['rawPath']) ?? textOf(request['path']) ?? '',
    body: bodyOf(request),
    header: (name) => headerOf(request, name),
    claims: claimsOf(objectOf(context['authorizer'])),
  };
}

/** Of the routes that a function serves, which one: a stage's name or a base path may stand before the path. */
export function isRoute(request: Request, method: string, path: string): boolean {
  return request.method === method && request.path.endsWith(path);
}

/** REST keeps the claims on the authorizer, HTTP a step deeper. */
function claimsOf(authorizer: Json): Json {
  return objectOf(objectOf(authorizer['jwt'])['claims'] ?? authorizer['claims']);
}

/** Content types other than text and JSON arrive as base64. */
function bodyOf(request: Json): Buffer {
  const body = textOf(request['body']) ?? '';
  return Buffer.from(body, request['isBase64Encoded'] === true ? 'base64' : 'utf8');
}

/** REST passes names on as the client wrote them, HTTP in lower case. */
function headerOf(request: Json, name: string): string | undefined {
  const single = valueOf(objectOf(request['headers']), name);
  if (typeof single === 'string') return single;
  const several = valueOf(objectOf(request['multiValueHeaders']), name);
  return Array.isArray(several) ? several.filter((value) => typeof value === 'string').join(',') : undefined;
}

function valueOf(headers: Json, name: string): unknown {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
