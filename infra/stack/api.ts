/** The interface that the stack needs of an HTTP or REST API. */
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../config.ts';
import type { Functions } from './functions.ts';
import type { Pool } from './pool.ts';

export interface ApiProps {
  readonly stage: string;
  readonly config: StageConfig;
  readonly functions: Functions;
  readonly pool: Pool;
}

export interface Api {
  /** The base URL, without a trailing slash. */
  readonly url: string;
  readonly metrics: {
    readonly requests: Metric;
    readonly clientErrors: Metric;
    readonly serverErrors: Metric;
    readonly latency: Metric;
  };
}

/**
 * The fields of an access log line: enough to find a request and to see what rejected it. They include no IP address,
 * user agent, claim or path, because those may hold personal data.
 */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationStatus: '$context.integrationStatus',
  integrationLatencyMs: '$context.integrationLatency',
  refusedByAuthorizer: '$context.authorizer.error',
  error: '$context.error.responseType',
} as const;

/** Returns the access log's format. `route` is the variable of the route, which differs between the kinds of API. */
export function accessLogFormat(route: string): string {
  return JSON.stringify({ ...accessLogFields, route });
}
