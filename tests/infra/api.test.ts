/** Tests the routes and their authorization, as an HTTP API and as a REST API. */
import { describe, expect, it } from 'vitest';
import { functionSpecs } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { existingPool, withQueue, withStores } from './configs.ts';
import { logicalIdIn, resourcesOf, synthesize, type Template, textOf, theOnly } from './synth.ts';

const origins = ['https://app.example.com', 'http://localhost:3000'];

const configured = (kind: 'http' | 'rest', allowedOrigins: readonly string[] = origins): StageConfig => ({
  ...stages.dev,
  api: { ...stages.dev.api, kind, allowedOrigins },
});

const expectedOf = (config: StageConfig) =>
  functionsOf(config).flatMap((name) => {
    const spec = functionSpecs[name];
    const routes = 'routes' in spec ? spec.routes : [];
    return routes.map(({ method, path, authorizer }) => ({
      route: `${method} ${path}`,
      function: `predixa-test-${config.webhookQueue !== null && name === 'stripe-webhook' ? 'stripe-webhook-intake' : name}`,
      authorizer,
    }));
  });
const expected = expectedOf(stages.dev);

function byRoute<T extends { readonly route: string }>(routes: readonly T[]): readonly T[] {
  return [...routes].sort((one, other) => one.route.localeCompare(other.route, 'en'));
}

describe('An HTTP API', () => {
  const template = synthesize(configured('http'));

  it.each([
    ['without app stores', configured('http')],
    ['with app stores', withStores(configured('http'))],
    ['with a queue', withQueue(configured('http'))],
  ])('routes every request to its function, and authorizes all routes except webhooks: %s', (_, config) => {
    const template = synthesize(config);
    const [authorizer] = resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer').map(([id]) => id);
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => ({
      route: String(Properties['RouteKey']),
      function: integrationFunctionName(template, Properties['Target']),
      authorizer:
        Properties['AuthorizationType'] === 'JWT' && logicalIdIn(Properties['AuthorizerId']) === authorizer
          ? 'cognito'
          : String(Properties['AuthorizationType']).toLowerCase(),
    }));
    expect(byRoute(routes)).toEqual(byRoute(expectedOf(config)));
  });

  it("accepts only tokens of the pool's own clients", () => {
    const { AuthorizerType, JwtConfiguration } = theOnly(
      template,
      'AWS::ApiGatewayV2::Authorizer',
    ).Properties;
    expect(AuthorizerType).toBe('JWT');
    const { Audience, Issuer } = JwtConfiguration as { Audience: readonly unknown[]; Issuer: unknown };
    const [pool] = resourcesOf(template, 'AWS::Cognito::UserPool').map(([id]) => id);
    const [client] = resourcesOf(template, 'AWS::Cognito::UserPoolClient').map(([id]) => id);
    expect(Audience).toEqual([{ Ref: client }]);
    expect(textOf(Issuer)).toBe(`https://cognito-idp.us-east-1.amazonaws.com/{${pool ?? ''}}`);
  });

  it('accepts tokens of the configured clients of an existing pool', () => {
    const existing = synthesize({ ...configured('http'), pool: existingPool });
    expect(theOnly(existing, 'AWS::ApiGatewayV2::Authorizer').Properties['JwtConfiguration']).toEqual({
      Audience: ['4k2example0client1', '5l3example1client2'],
      Issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123xyz',
    });
  });

  it('accepts tokens of an existing pool with the configured issuer', () => {
    const issuer = 'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123xyz';
    const existing = synthesize({ ...configured('http'), pool: { ...existingPool, issuer } });
    expect(theOnly(existing, 'AWS::ApiGatewayV2::Authorizer').Properties['JwtConfiguration']).toMatchObject({
      Issuer: issuer,
    });
  });

  it("allows calls from pages of the configured origins, which can read API Gateway's own responses too", () => {
    expect(theOnly(template, 'AWS::ApiGatewayV2::Api').Properties['CorsConfiguration']).toEqual({
      AllowOrigins: origins,
      AllowMethods: expect.arrayContaining(['GET', 'POST', 'DELETE']) as unknown,
      AllowHeaders: ['Authorization', 'Content-Type'],
      ExposeHeaders: ['Retry-After'],
      MaxAge: 3600,
    });
  });

  it('allows no page to call it if no origin is configured', () => {
    const closed = synthesize(configured('http', []));
    expect(theOnly(closed, 'AWS::ApiGatewayV2::Api').Properties).not.toHaveProperty('CorsConfiguration');
  });

  it('throttles requests, has no stage in its paths, and logs without personal data', () => {
    const { Properties } = theOnly(template, 'AWS::ApiGatewayV2::Stage');
    expect(Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    const { Format, DestinationArn } = Properties['AccessLogSettings'] as Record<string, unknown>;
    expectNoPersonalData(Format);
    expect(retentionDays(template, DestinationArn)).toBe(14);
  });
});

describe('A REST API', () => {
  const template = synthesize(configured('rest'));
  const methodsIn = (template: Template) =>
    resourcesOf(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties);

  it.each([
    ['without app stores', configured('rest')],
    ['with app stores', withStores(configured('rest'))],
  ])('routes every request to its function, and authorizes all routes except webhooks: %s', (_, config) => {
    const template = synthesize(config);
    const [authorizer] = resourcesOf(template, 'AWS::ApiGateway::Authorizer').map(([id]) => id);
    const routes = methodsIn(template)
      .filter(({ HttpMethod }) => HttpMethod !== 'OPTIONS')
      .map((method) => ({
        route: `${String(method['HttpMethod'])} ${pathOf(template, logicalIdIn(method['ResourceId']))}`,
        function: functionNameIn(template, (method['Integration'] as { Uri: unknown }).Uri),
        authorizer:
          method['AuthorizationType'] === 'COGNITO_USER_POOLS' &&
          logicalIdIn(method['AuthorizerId']) === authorizer
            ? 'cognito'
            : String(method['AuthorizationType']).toLowerCase(),
      }));
    expect(byRoute(routes)).toEqual(byRoute(expectedOf(config)));
  });

  it('accepts tokens of the pool', () => {
    const { Type, ProviderARNs } = theOnly(template, 'AWS::ApiGateway::Authorizer').Properties;
    const [pool] = resourcesOf(template, 'AWS::Cognito::UserPool').map(([id]) => id);
    expect([Type, ProviderARNs]).toEqual(['COGNITO_USER_POOLS', [{ 'Fn::GetAtt': [pool, 'Arn'] }]]);
  });

  it('answers preflight requests of exactly the routes that pages call', () => {
    const preflights = methodsIn(template)
      .filter(({ HttpMethod }) => HttpMethod === 'OPTIONS')
      .map(
        ({ ResourceId, AuthorizationType }) =>
          `${pathOf(template, logicalIdIn(ResourceId))} ${textOf(AuthorizationType)}`,
      );
    const paths = expected
      .filter(({ route }) => !route.endsWith('/webhook'))
      .map(({ route }) => `${route.split(' ')[1] ?? ''} NONE`);
    expect(new Set(preflights)).toEqual(new Set(paths));
  });

  it("lets pages read API Gateway's own error responses, such as 401 for an expired token", () => {
    const responses = resourcesOf(template, 'AWS::ApiGateway::GatewayResponse').map(
      ([, one]) => one.Properties,
    );
    expect(responses.map(({ ResponseType }) => ResponseType)).toEqual(['DEFAULT_4XX', 'DEFAULT_5XX']);
    for (const { ResponseParameters } of responses) {
      expect(ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin',
        'gatewayresponse.header.Vary': "'Origin'",
      });
    }
  });

  it('names the origin in its error responses if only one is configured', () => {
    const one = synthesize(configured('rest', ['https://app.example.com']));
    for (const [, { Properties }] of resourcesOf(one, 'AWS::ApiGateway::GatewayResponse')) {
      expect(Properties['ResponseParameters']).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'https://app.example.com'",
      });
    }
  });

  it('allows no page to call it if no origin is configured', () => {
    const closed = synthesize(configured('rest', []));
    const verbs = resourcesOf(closed, 'AWS::ApiGateway::Method').map(
      ([, one]) => one.Properties['HttpMethod'],
    );
    expect(verbs).not.toContain('OPTIONS');
    expect(resourcesOf(closed, 'AWS::ApiGateway::GatewayResponse')).toEqual([]);
  });

  it('throttles requests, and logs without personal data', () => {
    const { Properties } = theOnly(template, 'AWS::ApiGateway::Stage');
    expect(Properties['MethodSettings']).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: 50,
        ThrottlingBurstLimit: 100,
        DataTraceEnabled: false,
      }),
    ]);
    const { Format, DestinationArn } = Properties['AccessLogSetting'] as Record<string, unknown>;
    expectNoPersonalData(Format);
    expect(retentionDays(template, DestinationArn)).toBe(14);
  });

  it("retains the account's logging role, which other APIs may use", () => {
    expect(theOnly(template, 'AWS::ApiGateway::Account').DeletionPolicy).toBe('Retain');
  });
});

describe('Switching between HTTP and REST API', () => {
  const [before, after] = [synthesize(configured('http')), synthesize(configured('rest'))];

  it('never changes the type of a kept resource, which CloudFormation would reject', () => {
    const kept = Object.entries(before.Resources).filter(([id]) => id in after.Resources);
    expect(kept.map(([id]) => [id, after.Resources[id]?.Type])).toEqual(
      kept.map(([id, { Type }]) => [id, Type]),
    );
  });

  it('never gives a new resource the name of an old one, which is deleted only afterwards', () => {
    const named = ({ Resources }: Template) =>
      new Map(
        Object.entries(Resources).flatMap(([id, { Properties }]) =>
          ['LogGroupName', 'FunctionName', 'RoleName', 'AlarmName']
            .filter((key) => typeof Properties[key] === 'string')
            .map((key) => [`${key} ${textOf(Properties[key])}`, id] as const),
        ),
      );
    const [oldNames, newNames] = [named(before), named(after)];
    const shared = [...newNames].filter(([name]) => oldNames.has(name));
    expect(shared.map(([name]) => oldNames.get(name))).toEqual(shared.map(([, id]) => id));
  });
});

function expectNoPersonalData(format: unknown): void {
  expect(format).toEqual(expect.stringContaining('$context.requestId'));
  expect(format).not.toMatch(/identity|userAgent|sourceIp|claims|\.path\b|header/i);
}

function retentionDays(template: Template, destination: unknown): unknown {
  const id = /\{(?<id>\w+AccessLog\w+)/.exec(textOf(destination))?.groups?.['id'] ?? '';
  return template.Resources[id]?.Properties['RetentionInDays'];
}

function integrationFunctionName(template: Template, target: unknown): unknown {
  const id = /\{(?<id>\w+)\}/.exec(textOf(target))?.groups?.['id'] ?? '';
  return functionNameIn(template, template.Resources[id]?.Properties['IntegrationUri']);
}

/** Returns the function's name for its ARN, or for a REST integration's URI that contains the ARN. */
function functionNameIn(template: Template, uri: unknown): unknown {
  const id = /\{(?<id>\w+)\.Arn\}/.exec(textOf(uri))?.groups?.['id'] ?? '';
  return template.Resources[id]?.Properties['FunctionName'];
}

function pathOf(template: Template, id: string): string {
  const { Properties } = template.Resources[id] ?? {};
  if (Properties?.['PathPart'] === undefined) return '';
  return `${pathOf(template, logicalIdIn(Properties['ParentId']))}/${textOf(Properties['PathPart'])}`;
}
