/** The routes as an HTTP API, the cheaper kind. It handles CORS and verifies tokens itself. */
import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { accessLogGroupNameOf, apiNameOf } from '../names.ts';
import { type Api, type ApiProps, accessLogFormat } from './api.ts';
import { logGroup } from './log-group.ts';
import { cors, routesOf } from './routes.ts';

export class ApiHttp extends Construct implements Api {
  readonly url: string;
  readonly metrics: Api['metrics'];

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { stage, config } = props;
    const api = new HttpApi(this, 'Api', {
      apiName: apiNameOf(stage),
      createDefaultStage: false,
      ...corsFor(config.api.allowedOrigins),
    });
    this.#addRoutes(api, props);
    this.#addStage(api, props);
    this.url = api.apiEndpoint;
    this.metrics = {
      requests: api.metricCount({ statistic: 'Sum' }),
      clientErrors: api.metricClientError({ statistic: 'Sum' }),
      serverErrors: api.metricServerError({ statistic: 'Sum' }),
      latency: api.metricLatency({ statistic: 'p99' }),
    };
  }

  #addRoutes(api: HttpApi, { functions, pool, config }: ApiProps): void {
    const authorizer = new HttpJwtAuthorizer('UserPool', pool.issuer, { jwtAudience: [...pool.clientIds] });
    for (const route of routesOf(config)) {
      api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration: new HttpLambdaIntegration(`${route.method}${route.path}`, functions.named(route.name)),
        ...(route.authorizer === 'cognito' ? { authorizer } : {}),
      });
    }
  }

  #addStage(api: HttpApi, { stage, config }: ApiProps): void {
    const { ratePerSecond, burst } = config.api.throttle;
    const log = logGroup(this, 'AccessLog', {
      name: accessLogGroupNameOf(stage, 'http'),
      retentionDays: config.watch.logRetentionDays,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      // A named stage would appear in the path that the functions receive.
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(accessLogFormat('$context.routeKey')),
      },
    });
  }
}

function corsFor(allowedOrigins: readonly string[]) {
  if (allowedOrigins.length === 0) return {};
  return {
    corsPreflight: {
      allowOrigins: [...allowedOrigins],
      allowMethods: cors.methods.map((method) => CorsHttpMethod[method]),
      allowHeaders: [...cors.requestHeaders],
      exposeHeaders: [...cors.responseHeaders],
      maxAge: Duration.seconds(cors.maxAgeSeconds),
    },
  };
}
