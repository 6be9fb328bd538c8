/** What an alarm is. */
import type { FunctionName } from '../contract/functions.ts';
import type { WatchedMetric } from '../contract/metrics.ts';

/** What an alarm counts or measures, in the terms of the service that publishes the metric. */
export type AlarmSource =
  | {
      readonly kind: 'log_metric';
      readonly metric: WatchedMetric;
      readonly functions: readonly FunctionName[];
    }
  | {
      readonly kind: 'lambda';
      readonly metric: 'Errors' | 'Throttles';
      readonly functions: readonly FunctionName[];
    }
  /** The p99 duration in milliseconds. */
  | { readonly kind: 'lambda_p99'; readonly functions: readonly [FunctionName] }
  | { readonly kind: 'api_5xx' }
  | { readonly kind: 'dead_letters' }
  /** Events that wait for the worker: the age of the oldest in seconds, or how many failed permanently. */
  | { readonly kind: 'event_queue'; readonly metric: 'age' | 'dead_letters' }
  /** The sum over both tables. */
  | { readonly kind: 'dynamodb'; readonly metric: 'throttled' | 'system_errors' };

export interface AlarmSpec {
  /** In kebab-case: the runbook's heading, and the last part of the alarm's name in CloudWatch. */
  readonly name: string;
  readonly source: AlarmSource;
  /** The heading of the runbook, if it is another one. */
  readonly runbook?: string;
  /** The alarm goes off at or above this value; with `absent`, when nothing was counted. */
  readonly threshold: number;
  readonly absent?: true;
  /** The alarm exists only in a stage whose apps sell in app stores. */
  readonly ofStores?: true;
  /** The alarm exists only in a stage with a queue between the webhook of Stripe and its worker. */
  readonly ofQueue?: true;
  readonly periodMinutes: number;
  /** The alarm goes off when `beyond` of the last `of` periods are beyond the threshold. */
  readonly periods: { readonly of: number; readonly beyond: number };
  /** One line that says what the alarm means for users. */
  readonly meaning: string;
}
