/** The CloudWatch dashboard. It shows alarms and requests first, then billing and sync, then function performance. */
import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { FunctionName } from '../../contract/functions.ts';
import { type WatchedMetric, watchedMetrics } from '../../contract/metrics.ts';
import type { StageConfig } from '../config.ts';
import { functionsOf } from '../functions.ts';
import { dashboardNameOf } from '../names.ts';
import { alarmsOf } from '../stage-alarms.ts';
import type { Alarms } from './alarms.ts';
import type { Api } from './api.ts';
import type { EventQueueMetric, Metrics } from './metrics.ts';

export interface OverviewProps {
  readonly stage: string;
  readonly config: StageConfig;
  readonly alarms: Alarms;
  readonly api: Api;
  readonly metrics: Metrics;
}

const HALF = 12;

export class Overview extends Construct {
  constructor(scope: Construct, id: string, { stage, config, alarms, api, metrics }: OverviewProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: dashboardNameOf(stage),
      defaultInterval: Duration.days(1),
    });
    dashboard.addWidgets(
      new TextWidget({
        width: 24,
        height: 2,
        markdown: `# Accounts and billing, ${stage}\nThe runbook (docs/runbook.md) has an entry for each alarm under its name.`,
      }),
      new AlarmStatusWidget({ width: 24, height: 4, title: 'Alarms', alarms: [...alarms.all] }),
      ...apiWidgets(api),
      ...logMetricWidgets(metrics, config),
      ...functionWidgets(metrics, functionsOf(config)),
      ...(config.webhookQueue === null ? [] : queueWidgets(metrics)),
      ...storageWidgets(metrics),
    );
  }
}

function apiWidgets({ metrics }: Api): readonly IWidget[] {
  return [
    graph('Requests', [metrics.requests, metrics.clientErrors, metrics.serverErrors]),
    graph('API latency, p99', [metrics.latency]),
  ];
}

/** Returns the graphs of the metrics that functions write to their logs. */
function logMetricWidgets(metrics: Metrics, config: StageConfig): readonly IWidget[] {
  const { requestFailed, signatureInvalid, webhookMalformed, signUpIncomplete, signUpFailed } =
    watchedMetrics;
  const { orphanedCheckout, ownerContradiction, drift, reconcileFailed, reconcileRun } = watchedMetrics;
  const all = (watched: readonly WatchedMetric[]) =>
    watched.flatMap((metric) =>
      emittersOf(metric, config).map((name) =>
        metrics.logged(metric, name).with({ label: `${metric} ${name}` }),
      ),
    );
  return [
    graph('Failed requests', all([requestFailed])),
    graph('Rejected webhook deliveries', all([signatureInvalid, webhookMalformed])),
    graph('Incomplete sign-ups', all([signUpIncomplete, signUpFailed])),
    graph('Billing inconsistencies', all([orphanedCheckout, ownerContradiction])),
    graph('Reconcile', all([reconcileRun, drift, reconcileFailed])),
  ];
}

function emittersOf(metric: WatchedMetric, config: StageConfig): readonly FunctionName[] {
  const names = alarmsOf(config).flatMap(({ source }) =>
    source.kind === 'log_metric' && source.metric === metric ? source.functions : [],
  );
  return [...new Set(names)];
}

function functionWidgets(metrics: Metrics, names: readonly FunctionName[]): readonly IWidget[] {
  return [
    graph(
      'Invocations',
      names.map((name) => metrics.lambda('Invocations', name)),
    ),
    graph(
      'Crashes',
      names.map((name) => metrics.lambda('Errors', name)),
    ),
    graph(
      'Duration, p99',
      names.map((name) => metrics.lambda('Duration', name, 'p99')),
    ),
    graph(
      'Throttled invocations',
      names.map((name) => metrics.lambda('Throttles', name)),
    ),
  ];
}

function queueWidgets(metrics: Metrics): readonly IWidget[] {
  const labeled = (metric: EventQueueMetric, label: string) => metrics.eventQueue(metric).with({ label });
  return [
    graph('Events in the queue', [
      labeled('waiting', 'waiting'),
      labeled('in_flight', 'in flight'),
      labeled('dead_letters', 'dead letters'),
    ]),
    graph('Age of the oldest event in the queue, seconds', [labeled('age', 'age')]),
  ];
}

function storageWidgets(metrics: Metrics): readonly IWidget[] {
  const dynamodb = [...metrics.dynamodb('throttled'), ...metrics.dynamodb('system_errors')];
  return [graph('DynamoDB throttling and errors', dynamodb), graph('Dead letters', [metrics.deadLetters()])];
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: HALF, height: 6, leftYAxis: { min: 0 } });
}
