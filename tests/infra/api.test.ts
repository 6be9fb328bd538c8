/** Who may call what: the routes, as either kind of API. */
import { describe, expect, it } from 'vitest';
import { functionNames, functionSpecs } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { existingPool } from './configs.ts';
import { logicalIdIn, resourcesOf, synthesize, type Template, textOf, theOnly } from './synth.ts';

const origins = ['https://app.example.com', 'http://localhost:3000'];

const configured = (kind: 'http' | 'rest', allowedOrigins: readonly string[] = origins): StageConfig => ({
  ...stages.dev,
  api: { ...stages.dev.api, kind, allowedOrigins },
});

const expected = functionNames.flatMap((name) => {
  const spec = functionSpecs[name];
  const routes = 'routes' in spec ? spec.routes : [];
  return routes.map(({ method, path, authorizer }) => ({
    route: `${method} ${path}`,
    function: `predixa-test-${name}`,
    authorizer,
  }));
});

function byRoute<T extends { readonly route: string }>(routes: readonly T[]): readonly T[] {
  return [...routes].sort((one, other) => one.route.localeCompare(other.route, 'en'));
}

describe('an HTTP API', () => {
  const template = synthesize(configured('http'));

  it('leads every route to its function, past the authorizer for all but the webhook', () => {
    const [authorizer] = resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer').map(([id]) => id);
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => ({
      route: String(Properties['RouteKey']),
      function: integratedFunction(template, Properties['Target']),
      authorizer:
        Properties['AuthorizationType'] === 'JWT' && logicalIdIn(Properties['AuthorizerId']) === authorizer
          ? 'cognito'
          : String(Properties['AuthorizationType']).toLowerCase(),
    }));
    expect(byRoute(routes)).toEqual(byRoute(expected));
  });

  it("accepts tokens of the pool's own clients alone", () => {
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

  it('accepts tokens of the clients configured of an existing pool', () => {
    const existing = synthesize({ ...configured('http'), pool: existingPool });
    expect(theOnly(existing, 'AWS::ApiGatewayV2::Authorizer').Properties['JwtConfiguration']).toEqual({
      Audience: ['4k2example0client1', '5l3example1client2'],
      Issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123xyz',
    });
  });

  it('knows the tokens of an existing pool by another issuer where one is configured', () => {
    const issuer = 'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123xyz';
    const existing = synthesize({ ...configured('http'), pool: { ...existingPool, issuer } });
    expect(theOnly(existing, 'AWS::ApiGatewayV2::Authorizer').Properties['JwtConfiguration']).toMatchObject({
      Issuer: issuer,
    });
  });

  it('lets pages of the origins configured call it, with answers of API Gateway itself as well', () => {
    expect(theOnly(template, 'AWS::ApiGatewayV2::Api').Properties['CorsConfiguration']).toEqual({
      AllowOrigins: origins,
      AllowMethods: expect.arrayContaining(['GET', 'POST', 'DELETE']) as unknown,
      AllowHeaders: ['Authorization', 'Content-Type'],
      ExposeHeaders: ['Retry-After'],
      MaxAge: 3600,
    });
  });

  it('lets no page call it where no origin is configured', () => {
    const closed = synthesize(configured('http', []));
    expect(theOnly(closed, 'AWS::ApiGatewayV2::Api').Properties).not.toHaveProperty('CorsConfiguration');
  });

  it('is throttled, has no stage in its paths, and logs without personal data', () => {
    const { Properties } = theOnly(template, 'AWS::ApiGatewayV2::Stage');
    expect(Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    const { Format, DestinationArn } = Properties['AccessLogSettings'] as Record<string, unknown>;
    expectImpersonal(Format);
    expect(daysKept(template, DestinationArn)).toBe(14);
  });
});

describe('a REST API', () => {
  const template = synthesize(configured('rest'));
  const methods = resourcesOf(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties);

  it('leads every route to its function, past the authorizer for all but the webhook', () => {
    const [authorizer] = resourcesOf(template, 'AWS::ApiGateway::Authorizer').map(([id]) => id);
    const routes = methods
      .filter(({ HttpMethod }) => HttpMethod !== 'OPTIONS')
      .map((method) => ({
        route: `${String(method['HttpMethod'])} ${pathOf(template, logicalIdIn(method['ResourceId']))}`,
        function: calledFunction(template, (method['Integration'] as { Uri: unknown }).Uri),
        authorizer:
          method['AuthorizationType'] === 'COGNITO_USER_POOLS' &&
          logicalIdIn(method['AuthorizerId']) === authorizer
            ? 'cognito'
            : String(method['AuthorizationType']).toLowerCase(),
      }));
    expect(byRoute(routes)).toEqual(byRoute(expected));
  });

  it('takes tokens of the pool', () => {
    const { Type, ProviderARNs } = theOnly(template, 'AWS::ApiGateway::Authorizer').Properties;
    const [pool] = resourcesOf(template, 'AWS::Cognito::UserPool').map(([id]) => id);
    expect([Type, ProviderARNs]).toEqual(['COGNITO_USER_POOLS', [{ 'Fn::GetAtt': [pool, 'Arn'] }]]);
  });

  it('answers the preflight of every route of a user, and of no other', () => {
    const preflights = methods
      .filter(({ HttpMethod }) => HttpMethod === 'OPTIONS')
      .map(
        ({ ResourceId, AuthorizationType }) =>
          `${pathOf(template, logicalIdIn(ResourceId))} ${textOf(AuthorizationType)}`,
      );
    const paths = expected
      .filter(({ authorizer }) => authorizer === 'cognito')
      .map(({ route }) => `${route.split(' ')[1] ?? ''} NONE`);
    expect(new Set(preflights)).toEqual(new Set(paths));
  });

  it("lets pages read what API Gateway refuses by itself, an expired token's 401 among them", () => {
    const answers = resourcesOf(template, 'AWS::ApiGateway::GatewayResponse').map(
      ([, one]) => one.Properties,
    );
    expect(answers.map(({ ResponseType }) => ResponseType)).toEqual(['DEFAULT_4XX', 'DEFAULT_5XX']);
    for (const { ResponseParameters } of answers) {
      expect(ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin',
        'gatewayresponse.header.Vary': "'Origin'",
      });
    }
  });

  it('names the one origin in its refusals where only one is configured', () => {
    const one = synthesize(configured('rest', ['https://app.example.com']));
    for (const [, { Properties }] of resourcesOf(one, 'AWS::ApiGateway::GatewayResponse')) {
      expect(Properties['ResponseParameters']).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'https://app.example.com'",
      });
    }
  });

  it('lets no page call it where no origin is configured', () => {
    const closed = synthesize(configured('rest', []));
    const verbs = resourcesOf(closed, 'AWS::ApiGateway::Method').map(
      ([, one]) => one.Properties['HttpMethod'],
    );
    expect(verbs).not.toContain('OPTIONS');
    expect(resourcesOf(closed, 'AWS::ApiGateway::GatewayResponse')).toEqual([]);
  });

  it('is throttled, and logs without personal data', () => {
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
    expectImpersonal(Format);
    expect(daysKept(template, DestinationArn)).toBe(14);
  });

  it("leaves the account's role for logs behind, which other APIs may be using", () => {
    expect(theOnly(template, 'AWS::ApiGateway::Account').DeletionPolicy).toBe('Retain');
  });
});

describe('a change from one kind of API to the other', () => {
  const [before, after] = [synthesize(configured('http')), synthesize(configured('rest'))];

  it('makes another of no resource that it keeps, which CloudFormation would refuse', () => {
    const kept = Object.entries(before.Resources).filter(([id]) => id in after.Resources);
    expect(kept.map(([id]) => [id, after.Resources[id]?.Type])).toEqual(
      kept.map(([id, { Type }]) => [id, Type]),
    );
  });

  it('gives nothing new the name of something old, which is removed only afterwards', () => {
    const named = ({ Resources }: Template) =>
      new Map(
        Object.entries(Resources).flatMap(([id, { Properties }]) =>
          ['LogGroupName', 'FunctionName', 'RoleName', 'AlarmName']
            .filter((key) => typeof Properties[key] === 'string')
            .map((key) => [`${key} ${textOf(Properties[key])}`, id] as const),
        ),
      );
    const [old, anew] = [named(before), named(after)];
    const shared = [...anew].filter(([name]) => old.has(name));
    expect(shared.map(([name]) => old.get(name))).toEqual(shared.map(([, id]) => id));
  });
});

function expectImpersonal(format: unknown): void {
  expect(format).toEqual(expect.stringContaining('$context.requestId'));
  expect(format).not.toMatch(/identity|userAgent|sourceIp|claims|\.path\b|header/i);
}

function daysKept(template: Template, destination: unknown): unknown {
  const id = /\{(?<id>\w+AccessLog\w+)/.exec(textOf(destination))?.groups?.['id'] ?? '';
  return template.Resources[id]?.Properties['RetentionInDays'];
}

function integratedFunction(template: Template, target: unknown): unknown {
  const id = /\{(?<id>\w+)\}/.exec(textOf(target))?.groups?.['id'] ?? '';
  return calledFunction(template, template.Resources[id]?.Properties['IntegrationUri']);
}

/** By ARN, or within the address that REST integrations have. */
function calledFunction(template: Template, uri: unknown): unknown {
  const id = /\{(?<id>\w+)\.Arn\}/.exec(textOf(uri))?.groups?.['id'] ?? '';
  return template.Resources[id]?.Properties['FunctionName'];
}

function pathOf(template: Template, id: string): string {
  const { Properties } = template.Resources[id] ?? {};
  if (Properties?.['PathPart'] === undefined) return '';
  return `${pathOf(template, logicalIdIn(Properties['ParentId']))}/${textOf(Properties['PathPart'])}`;
}
