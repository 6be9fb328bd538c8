/** Maps the alarm sources of infra/alarms.ts to CloudWatch metrics with their dimensions. */
import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import { METRIC_NAMESPACE, type WatchedMetric } from '../../contract/metrics.ts';
import type { AlarmSource } from '../alarm-spec.ts';
import {
  deadLetterQueueNameOf,
  eventDeadLetterQueueNameOf,
  eventQueueNameOf,
  functionNameOf,
} from '../names.ts';
import { permissions } from '../permissions.ts';

export interface MetricsProps {
  readonly stage: string;
  readonly tableNames: { readonly users: string; readonly entitlements: string };
  readonly serverErrors: Metric;
}

const eventQueueMetrics = {
  age: 'ApproximateAgeOfOldestMessage',
  waiting: 'ApproximateNumberOfMessagesVisible',
  in_flight: 'ApproximateNumberOfMessagesNotVisible',
} as const;

export type EventQueueMetric = keyof typeof eventQueueMetrics | 'dead_letters';

type DynamoDbSource = Extract<AlarmSource, { kind: 'dynamodb' }>;

export class Metrics {
  readonly #props: MetricsProps;

  constructor(props: MetricsProps) {
    this.#props = props;
  }

  of(source: AlarmSource, period: Duration): IMetric {
    switch (source.kind) {
      case 'log_metric':
        return sum(
          source.functions.map((name) => this.logged(source.metric, name)),
          period,
        );
      case 'lambda':
        return sum(
          source.functions.map((name) => this.lambda(source.metric, name)),
          period,
        );
      case 'lambda_p99':
        return this.lambda('Duration', source.functions[0], 'p99').with({ period });
      case 'api_5xx':
        return this.#props.serverErrors.with({ period });
      case 'dead_letters':
        return this.deadLetters().with({ period });
      case 'event_queue':
        return this.eventQueue(source.metric).with({ period });
      default:
        return sum(this.dynamodb(source.metric), period);
    }
  }

  logged(metricName: WatchedMetric, name: FunctionName): Metric {
    const { stage } = this.#props;
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { stage, function: name },
      statistic: 'Sum',
      label: name,
    });
  }

  lambda(
    metricName: 'Invocations' | 'Errors' | 'Throttles' | 'Duration',
    name: FunctionName,
    statistic = 'Sum',
  ): Metric {
    const FunctionName = functionNameOf(this.#props.stage, name);
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName },
      statistic,
      label: name,
    });
  }

  deadLetters(): Metric {
    return queued('ApproximateNumberOfMessagesVisible', deadLetterQueueNameOf(this.#props.stage));
  }

  /** Returns a metric of the queue between the webhook of Stripe and its worker. */
  eventQueue(metric: EventQueueMetric): Metric {
    const { stage } = this.#props;
    if (metric === 'dead_letters') {
      return queued('ApproximateNumberOfMessagesVisible', eventDeadLetterQueueNameOf(stage));
    }
    return queued(eventQueueMetrics[metric], eventQueueNameOf(stage));
  }

  dynamodb(metric: DynamoDbSource['metric']): readonly Metric[] {
    const { users, entitlements } = this.#props.tableNames;
    return [users, entitlements].flatMap((TableName) =>
      metric === 'throttled'
        ? ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metricName) =>
            dynamodb(metricName, { TableName }),
          )
        : userFacingOperations().map((Operation) => dynamodb('SystemErrors', { TableName, Operation })),
    );
  }
}

/**
 * Returns the DynamoDB operations of all functions except `reconcile`. DynamoDB counts its errors per operation, and an
 * alarm can sum at most ten metrics. Failing scans are covered by the alarms of `reconcile`.
 */
function userFacingOperations(): readonly string[] {
  const actions = functionNames
    .filter((name) => name !== 'reconcile')
    .flatMap((name) => permissions[name].flatMap((permission) => permission.actions))
    .filter((action) => action.startsWith('dynamodb:'))
    .map((action) => action.slice('dynamodb:'.length));
  return [...new Set(actions)].sort();
}

function queued(metricName: string, QueueName: string): Metric {
  return new Metric({
    namespace: 'AWS/SQS',
    metricName,
    dimensionsMap: { QueueName },
    statistic: 'Maximum',
  });
}

function dynamodb(metricName: string, dimensionsMap: Record<string, string>): Metric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap,
    statistic: 'Sum',
    label: Object.values(dimensionsMap).join(' '),
  });
}

/** Sums metrics. A function that was not invoked publishes no value, which counts as 0. */
function sum(metrics: readonly Metric[], period: Duration): IMetric {
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only.with({ period });
  return new MathExpression({
    expression: 'SUM(FILL(METRICS(), 0))',
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${String(index)}`, metric])),
    period,
    label: 'sum',
  });
}
