/** Builds the event of an HTTP API: payload version 2.0. */
import { httpClaims } from './claims.ts';
import {
  ACCOUNT_ID,
  API_ID,
  addedHeaders,
  commonLogTime,
  type GatewayRequest,
  headerPairs,
  headerValues,
} from './form.ts';

export function httpEvent(request: GatewayRequest): unknown {
  const headers = joinedHeaders(request);
  const cookies = headerValues(request.rawHeaders, 'cookie').flatMap((value) => value.split(/;\s*/));
  const query = joinedQuery(request.rawQuery);
  const routeKey = `${request.route.method} ${request.route.path}`;
  const domainName = headers['host'] ?? '';
  const encode = !isTextual(headers['content-type']);
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      ...(request.claims === undefined
        ? {}
        : { authorizer: { jwt: { claims: httpClaims(request.claims), scopes: null } } }),
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      http: {
        method: request.method,
        path: request.path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(request.timeMs),
      timeEpoch: request.timeMs,
    },
    ...(request.body.byteLength === 0 ? {} : { body: request.body.toString(encode ? 'base64' : 'utf8') }),
    isBase64Encoded: request.body.byteLength > 0 && encode,
  };
}

/** Bodies of these types arrive as text. All others arrive as base64, including web forms and bodies without a type. */
const textualTypes = new Set(['application/json', 'application/xml', 'application/javascript']);

function isTextual(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || textualTypes.has(type);
}

/** Returns headers with lower-case names and joined repetitions. Cookies are a separate field of the event. */
function joinedHeaders(request: GatewayRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [rawName, value] of [...headerPairs(request.rawHeaders), ...addedHeaders(request)]) {
    const name = rawName.toLowerCase();
    if (name === 'cookie') continue;
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}

function joinedQuery(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === '') return undefined;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}
