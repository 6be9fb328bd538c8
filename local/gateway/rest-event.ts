/** Builds the event of a REST API: payload version 1. */
import { restClaims } from './claims.ts';
import { ACCOUNT_ID, API_ID, addedHeaders, commonLogTime, type GatewayRequest, headerPairs } from './form.ts';

const STAGE = 'local';

export function restEvent(request: GatewayRequest): unknown {
  const pairs = [...headerPairs(request.rawHeaders), ...addedHeaders(request)].map(
    ([name, value]): [string, string] => [
      name.toLowerCase() === 'authorization' ? 'Authorization' : name,
      value,
    ],
  );
  const query = [...new URLSearchParams(request.rawQuery)];
  return {
    resource: request.route.path,
    path: request.path,
    httpMethod: request.method,
    headers: lastValues(pairs),
    multiValueHeaders: allValues(pairs),
    queryStringParameters: query.length === 0 ? null : lastValues(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allValues(query),
    pathParameters: null,
    stageVariables: null,
    requestContext: contextOf(request, pairs),
    // Without binary media types, a REST API passes every body as text.
    body: request.body.byteLength === 0 ? null : request.body.toString('utf8'),
    isBase64Encoded: false,
  };
}

function contextOf(request: GatewayRequest, headers: readonly [string, string][]): unknown {
  const header = (wanted: string): string | undefined =>
    headers.findLast(([name]) => name.toLowerCase() === wanted)?.[1];
  const domainName = header('host') ?? '';
  return {
    accountId: ACCOUNT_ID,
    apiId: API_ID,
    ...(request.claims === undefined ? {} : { authorizer: { claims: restClaims(request.claims) } }),
    domainName,
    domainPrefix: domainName.split('.')[0] ?? '',
    extendedRequestId: request.requestId,
    httpMethod: request.method,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: null,
      userAgent: header('user-agent') ?? null,
      userArn: null,
    },
    path: `/${STAGE}${request.path}`,
    protocol: 'HTTP/1.1',
    requestId: request.requestId,
    requestTime: commonLogTime(request.timeMs),
    requestTimeEpoch: request.timeMs,
    resourceId: 'local0',
    resourcePath: request.route.path,
    stage: STAGE,
  };
}

function lastValues(pairs: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(pairs);
}

function allValues(pairs: readonly [string, string][]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of pairs) values[name] = [...(values[name] ?? []), value];
  return values;
}
