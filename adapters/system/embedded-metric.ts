/**
 * CloudWatch's embedded metric format: a log line that CloudWatch reads as metrics too, without a call or an agent.
 * Specification: "Embedding metrics within logs" of the CloudWatch user guide.
 */
import { METRIC_NAMESPACE, measuredFields, metricDimensions } from '../../contract/metrics.ts';
import type { LogFields } from '../../core/system/log.ts';

/** Values of the dimensions: few, or each new one would be billed as a metric of its own. */
export type MetricDimensions = Readonly<Record<(typeof metricDimensions)[number], string>>;

/** What makes a line with a `metric` count; nothing for another line. */
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
