/**
 * CloudWatch's embedded metric format: CloudWatch reads metrics from a log line, without a call or an agent. See
 * "Embedding metrics within logs" in the CloudWatch user guide.
 */
import { METRIC_NAMESPACE, measuredFields, metricDimensions } from '../../contract/metrics.ts';
import type { LogFields } from '../../core/system/log.ts';

/** The values of the dimensions. Each new combination is billed as a separate metric. */
export type MetricDimensions = Readonly<Record<(typeof metricDimensions)[number], string>>;

/** Returns the fields that make a log line with a `metric` count, and none for other lines. */
export function embeddedMetric(
  fields: LogFields | undefined,
  dimensions: MetricDimensions | undefined,
  timestampMs: number,
): Readonly<Record<string, unknown>> {
  const metric = fields?.['metric'];
  if (typeof metric !== 'string' || dimensions === undefined) return {};
  const measured = (measuredFields[metric] ?? []).filter((name) => Number.isFinite(fields?.[name]));
  return {
    ...dimensions,
    [metric]: 1,
    _aws: {
      Timestamp: timestampMs,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [metricDimensions],
          Metrics: [metric, ...measured].map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
  };
}
