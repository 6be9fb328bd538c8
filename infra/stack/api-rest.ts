/** The routes as a REST API, for installations that need WAF, usage plans or request validation. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  CognitoUserPoolsAuthorizer,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type Resource,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { accessLogGroupNameOf, apiNameOf } from '../names.ts';
import { type Api, type ApiProps, accessLogFormat } from './api.ts';
import { logGroup } from './log-group.ts';
import { cors, type FunctionRoute, isForPages, routesOf } from './routes.ts';

export class ApiRest extends Construct implements Api {
  readonly url: string;
  readonly metrics: Api['metrics'];

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const api = this.#api(props);
    const { allowedOrigins } = props.config.api;
    if (allowedOrigins.length > 0) addCorsToErrorResponses(api, allowedOrigins);
    this.#addRoutes(api, props);
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${props.stage}`;
    this.metrics = {
      requests: api.metricCount({ statistic: 'Sum' }),
      clientErrors: api.metricClientError({ statistic: 'Sum' }),
      serverErrors: api.metricServerError({ statistic: 'Sum' }),
      latency: api.metricLatency({ statistic: 'p99' }),
    };
  }

  #api({ stage, config }: ApiProps): RestApi {
    const { ratePerSecond, burst } = config.api.throttle;
    const log = logGroup(this, 'AccessLog', {
      name: accessLogGroupNameOf(stage, 'rest'),
      retentionDays: config.watch.logRetentionDays,
    });
    const api = new RestApi(this, 'Api', {
      restApiName: apiNameOf(stage),
      endpointTypes: [EndpointType.REGIONAL],
      // All REST APIs of an account and region write logs with one role. Others may need it after this stack.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: stage,
        throttlingRateLimit: ratePerSecond,
        throttlingBurstLimit: burst,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.custom(accessLogFormat('$context.resourcePath')),
        tracingEnabled: config.watch.tracing,
      },
    });
    // The CDK adds its own output under a generated name.
    api.node.tryRemoveChild('Endpoint');
    return api;
  }

  #addRoutes(api: RestApi, { functions, pool, config }: ApiProps): void {
    const authorizer = new CognitoUserPoolsAuthorizer(this, 'UserPool', {
      cognitoUserPools: [pool.userPool],
    });
    const withPreflight = new Set<Resource>();
    for (const route of routesOf(config)) {
      const resource = api.root.resourceForPath(route.path);
      // Permissions for the console's test button would remain after a route is removed.
      const integration = new LambdaIntegration(functions.named(route.name), { allowTestInvoke: false });
      resource.addMethod(route.method, integration, authorizationOf(route, authorizer));
      if (isForPages(route)) withPreflight.add(resource);
    }
    const { allowedOrigins } = config.api;
    if (allowedOrigins.length > 0)
      for (const resource of withPreflight) addPreflight(resource, allowedOrigins);
  }
}

function authorizationOf({ authorizer: kind }: FunctionRoute, authorizer: CognitoUserPoolsAuthorizer) {
  return kind === 'cognito'
    ? { authorizationType: AuthorizationType.COGNITO, authorizer }
    : { authorizationType: AuthorizationType.NONE };
}

function addPreflight(resource: Resource, allowedOrigins: readonly string[]): void {
  resource.addCorsPreflight({
    allowOrigins: [...allowedOrigins],
    allowMethods: [...cors.methods],
    allowHeaders: [...cors.requestHeaders],
    exposeHeaders: [...cors.responseHeaders],
    maxAge: Duration.seconds(cors.maxAgeSeconds),
  });
}

/**
 * Adds CORS headers to API Gateway's own responses (401 for an expired token, 429, 5xx). Without them a page sees a
 * network error. A gateway response has one fixed header value: the origin if only one is configured, otherwise the
 * request's own origin, which is safe because these responses contain no user data.
 */
function addCorsToErrorResponses(api: RestApi, allowedOrigins: readonly string[]): void {
  const [only, ...others] = allowedOrigins;
  const responseHeaders = {
    'Access-Control-Allow-Origin': others.length === 0 ? `'${only ?? ''}'` : 'method.request.header.Origin',
    'Access-Control-Expose-Headers': `'${cors.responseHeaders.join(',')}'`,
    Vary: "'Origin'",
  };
  api.addGatewayResponse('Refused', { type: ResponseType.DEFAULT_4XX, responseHeaders });
  api.addGatewayResponse('Failed', { type: ResponseType.DEFAULT_5XX, responseHeaders });
}
