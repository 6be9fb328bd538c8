/** What the rest of the stack needs of an API, of whichever kind it is. */
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../../contract/functions.ts';
import type { StageConfig } from '../config.ts';
import type { Pool } from './pool.ts';

export interface ApiProps {
  readonly stage: string;
  readonly config: StageConfig;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly pool: Pool;
}

export interface Api {
  /** Without a slash at its end. */
  readonly url: string;
  readonly metrics: {
    readonly requests: Metric;
    readonly clientErrors: Metric;
    readonly serverErrors: Metric;
    readonly latency: Metric;
  };
}

/**
 * Of an access log line: enough to find a request again and to see who refused it. No address, no user agent, no
 * claim and no path, which could hold anything.
 */
export const accessLogFields = {
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
