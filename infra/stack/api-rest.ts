/** The same routes as a REST API, for those who need WAF, usage plans or request validation. */
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
import { type Api, type ApiProps, accessLogFields } from './api.ts';
import { logGroup } from './log-group.ts';
import { cors, type FunctionRoute, routes } from './routes.ts';

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
      // REST APIs write logs by one role of the whole account and region, which others may use after this stack.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: stage,
        throttlingRateLimit: ratePerSecond,
        throttlingBurstLimit: burst,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({ ...accessLogFields, route: '$context.resourcePath' }),
        ),
        tracingEnabled: config.watch.tracing,
      },
    });
    // An output of the library's own, with a name that nobody knows before.
    api.node.tryRemoveChild('Endpoint');
    return api;
  }

  #addRoutes(api: RestApi, { functions, pool, config }: ApiProps): void {
    const authorizer = new CognitoUserPoolsAuthorizer(this, 'UserPool', {
      cognitoUserPools: [pool.userPool],
    });
    const withPreflight = new Set<Resource>();
    for (const route of routes) {
      const resource = api.root.resourceForPath(route.path);
      // Permission for the console's test button would outlive every change of the routes.
      const integration = new LambdaIntegration(functions[route.name], { allowTestInvoke: false });
      resource.addMethod(route.method, integration, authorizationOf(route, authorizer));
      if (route.authorizer === 'cognito') withPreflight.add(resource);
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
 * What API Gateway answers itself (an expired token's 401, 429, 5xx) has no CORS headers by itself, and a page would
 * see a network error instead. These answers hold one header's value: with one origin configured that one, with
 * several whichever asks, since they carry nothing of any user.
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
