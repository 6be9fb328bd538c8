/** Puts the OpenAPI document together. Pure. */
import { functionSpecs, type HttpRoute } from '../../contract/functions.ts';
import { type BodyName, type Operation, operations } from '../../contract/operations.ts';
import { type ProblemCode, problems } from '../../contract/problem.ts';
import { exampleOfProblem, examples } from './examples.ts';
import { type Json, schemasOf } from './schemas.ts';

const BEARER = 'userPoolToken';

/** The types that no operation names. */
const alwaysNamed: readonly BodyName[] = ['Problem'];

export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Predixa Auth & Billing',
      version,
      summary: 'Who the user is, who pays, and what the user may do.',
      description:
        'The account layer of an app: entitlements, checkout, billing portal and account deletion. Every field of an answer ' +
        'is always present unless it is marked as optional; an unknown value is `null`. Clients must ignore fields that they ' +
        'do not know. Times are Unix seconds unless a field says ISO 8601.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: '{base}',
        description: 'The API of a stage, or the local cloud.',
        variables: { base: { default: 'http://127.0.0.1:3000' } },
      },
    ],
    tags: [
      { name: 'me', description: 'What the signed-in user calls.' },
      { name: 'prices', description: 'What anyone may call.' },
      { name: 'webhooks', description: 'What the payers call.' },
    ],
    paths: pathsOf(routes()),
    components: {
      securitySchemes: {
        [BEARER]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An ID token or an access token of the Cognito user pool.',
        },
      },
      headers: {
        Allow: {
          description: 'The methods of this path.',
          schema: { type: 'string' },
        },
        ETag: {
          description: 'Names this answer, for `If-None-Match`.',
          schema: { type: 'string' },
        },
        RetryAfter: {
          description: 'How many seconds to wait before the request is repeated.',
          schema: { type: 'integer', minimum: 0 },
        },
      },
      schemas: { ...schemasOf(namedTypes()), GatewayMessage: gatewayMessage },
    },
  };
}

/** What API Gateway answers itself, without a function. Clients decide by the status. */
const gatewayMessage: Json = {
  type: 'object',
  description: 'The answer of API Gateway itself, such as to an expired token. Decide by the status.',
  properties: { message: { type: ['string', 'null'] } },
  required: ['message'],
  example: { message: 'Unauthorized' },
};

function routes(): readonly HttpRoute[] {
  return Object.values(functionSpecs).flatMap((spec): readonly HttpRoute[] =>
    'routes' in spec ? spec.routes : [],
  );
}

function operationOf({ method, path }: HttpRoute): Operation {
  const operation = operations[`${method} ${path}`];
  if (operation === undefined) throw new Error(`contract/operations.ts does not describe ${method} ${path}.`);
  return operation;
}

function namedTypes(): readonly BodyName[] {
  const named = routes().flatMap((route) => {
    const { request, response, failure } = operationOf(route);
    return [request, response, failure].filter((name) => name !== undefined && name !== 'event');
  });
  return [...new Set([...alwaysNamed, ...named])];
}

function pathsOf(all: readonly HttpRoute[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of all) {
    const item = (paths[route.path] ??= {});
    item[route.method.toLowerCase()] = operationObject(route);
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function operationObject(route: HttpRoute): Json {
  const operation = operationOf(route);
  const isOfUser = route.authorizer === 'cognito';
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: operation.description,
    tags: [tagOf(route, operation)],
    security: isOfUser ? [{ [BEARER]: [] }] : [],
    ...parametersOf(operation),
    ...(operation.request === undefined ? {} : { requestBody: requestBody(operation) }),
    responses: {
      '200': success(operation),
      ...(operation.isCacheable ? { '304': notModified } : {}),
      ...failures(operation, isOfUser),
    },
  };
}

function tagOf({ authorizer }: HttpRoute, { proof }: Operation): string {
  if (authorizer === 'cognito') return 'me';
  return proof === undefined ? 'prices' : 'webhooks';
}

function parametersOf({ proof, isCacheable, query }: Operation): Json {
  if (proof !== undefined) return { parameters: [proofParameter(proof)] };
  if (query !== undefined) {
    return { parameters: [{ ...query, in: 'query', required: false, schema: { type: 'string' } }] };
  }
  return isCacheable ? { parameters: [ifNoneMatch] } : {};
}

const ifNoneMatch: Json = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of an answer that the client has. Browsers and CDNs send it themselves.',
  schema: { type: 'string' },
};

const notModified: Json = {
  description: 'The answer is the one that the client has.',
  headers: { ETag: { $ref: '#/components/headers/ETag' } },
};

function proofParameter({ header, description }: NonNullable<Operation['proof']>): Json {
  // OpenAPI ignores a header parameter with the name Authorization.
  const name = header === 'Authorization' ? 'authorization' : header;
  return { name, in: 'header', required: true, description, schema: { type: 'string' } };
}

function requestBody({ request = 'event', requestRequired = false }: Operation): Json {
  const schema = request === 'event' ? { type: 'object', description: 'An event.' } : refTo(request);
  const example = examples[request];
  return {
    required: requestRequired,
    content: { 'application/json': { schema, ...(example === undefined ? {} : { examples: example }) } },
  };
}

function success({ response, success: description, isCacheable }: Operation): Json {
  return {
    description,
    ...(isCacheable ? { headers: { ETag: { $ref: '#/components/headers/ETag' } } } : {}),
    content: { 'application/json': { schema: refTo(response), examples: examples[response] } },
  };
}

function failures(operation: Operation, isOfUser: boolean): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of operation.problems) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const ordered = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    ordered.map(([status, codes]) => [String(status), failureOf(operation, { status, codes, isOfUser })]),
  );
}

interface FailureOfStatus {
  readonly status: number;
  readonly codes: readonly ProblemCode[];
  readonly isOfUser: boolean;
}

function failureOf(operation: Operation, { status, codes, isOfUser }: FailureOfStatus): Json {
  const ofCode = { properties: { status: { const: status }, code: { enum: codes } } };
  const byGateway = status >= 500 || (isOfUser && (status === 401 || status === 429));
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('\n\n'),
    ...headersOf(status),
    content: {
      'application/problem+json': {
        schema: { allOf: [refTo(operation.failure ?? 'Problem'), ofCode] },
        examples: Object.fromEntries(
          codes.map((code) => [code, { value: exampleOfProblem(code, operation) }]),
        ),
      },
      ...(byGateway ? { 'application/json': { schema: refTo('GatewayMessage') } } : {}),
    },
  };
}

function headersOf(status: number): Json {
  const waits = [409, 429, 503].includes(status);
  const names = waits ? { 'Retry-After': 'RetryAfter' } : status === 405 ? { Allow: 'Allow' } : {};
  const headers = Object.entries(names).map(([name, ref]) => [name, { $ref: `#/components/headers/${ref}` }]);
  return headers.length === 0 ? {} : { headers: Object.fromEntries(headers) };
}

function refTo(name: BodyName | 'GatewayMessage'): Json {
  return { $ref: `#/components/schemas/${name}` };
}
