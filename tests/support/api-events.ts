/** The events of API Gateway, as an HTTP API and as a REST API. */

export interface ApiRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly base64?: boolean;
}

export const forms = ['http', 'rest'] as const;
export type Form = (typeof forms)[number];

export function apiEvent(form: Form, request: ApiRequest): Record<string, unknown> {
  return form === 'http' ? httpEvent(request) : restEvent(request);
}

export function httpEvent(request: ApiRequest): Record<string, unknown> {
  const { method = 'GET', path = '/', claims } = request;
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: Object.fromEntries(headers),
    requestContext: {
      accountId: '000000000000',
      stage: '$default',
      requestId: 'request-1',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...bodyOf(request),
  };
}

export function restEvent(request: ApiRequest): Record<string, unknown> {
  const { method = 'GET', path = '/', headers = {}, claims } = request;
  return {
    resource: path,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    pathParameters: null,
    requestContext: {
      resourcePath: path,
      httpMethod: method,
      stage: 'prod',
      requestId: 'request-1',
      ...(claims === undefined ? {} : { authorizer: { claims } }),
    },
    body: null,
    ...bodyOf(request),
  };
}

function bodyOf({ body, base64 = false }: ApiRequest): Record<string, unknown> {
  if (body === undefined) return { isBase64Encoded: false };
  return { body: base64 ? Buffer.from(body).toString('base64') : body, isBase64Encoded: base64 };
}
