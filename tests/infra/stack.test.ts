/** What every installation has, whatever kind of API, pool and tables it was configured with. */
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames, functionSpecs } from '../../contract/functions.ts';
import { METRIC_NAMESPACE } from '../../contract/metrics.ts';
import { alarms } from '../../infra/alarms.ts';
import { environmentNames, memoryMb } from '../../infra/functions.ts';
import { alarmNameOf, dashboardNameOf, logGroupNameOf, outputs, topicNameOf } from '../../infra/names.ts';
import { permissions } from '../../infra/permissions.ts';
import { configs } from './configs.ts';
import {
  functionIn,
  logicalIdIn,
  resourcesOf,
  type Statement,
  statementsByFunction,
  synthesize,
  type Template,
  textOf,
  theOnly,
} from './synth.ts';

const byText = (one: Statement, other: Statement) =>
  JSON.stringify(one).localeCompare(JSON.stringify(other), 'en');

/** Statements are merged where their actions are the same; this is what they come to. */
function sorted(statements: readonly Statement[]): readonly Statement[] {
  return statements.map(({ actions, resource }) => ({ resource, actions: [...actions].sort() })).sort(byText);
}

function ofEach<T>(describe: (name: FunctionName) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(functionNames.map((name) => [name, describe(name)]));
}

describe.each(Object.entries(configs))('%s', (_, config) => {
  const template: Template = synthesize(config);

  it('runs seven functions on arm64 and Node 24, with the memory and time of their tables', () => {
    const running = functionNames.map((name) => {
      const { Runtime, Architectures, MemorySize, Timeout, Handler } = functionIn(template, name).Properties;
      return { name, Runtime, Architectures, MemorySize, Timeout, Handler };
    });
    expect(running).toEqual(
      functionNames.map((name) => ({
        name,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: memoryMb[name],
        Timeout: functionSpecs[name].timeoutSeconds,
        Handler: 'index.handler',
      })),
    );
  });

  it('lets each function do what infra/permissions.ts says, write its own log, and nothing else', () => {
    const log = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resource: 'own_log_group' };
    const failures = { actions: ['sqs:SendMessage'], resource: 'dead_letters' };
    const granted = statementsByFunction(template, { config });
    expect(ofEach((name) => sorted(granted[name]))).toEqual(
      ofEach((name) => sorted([...permissions[name], log, ...(name === 'reconcile' ? [failures] : [])])),
    );
  });

  it('gives each function every name it reads, but keys in plain text and other servers than the real ones', () => {
    const withheld = new Set(
      functionNames.flatMap((name) => {
        const { Variables } = functionIn(template, name).Properties['Environment'] as {
          Variables: Record<string, unknown>;
        };
        expect(Variables).toMatchObject({ STAGE: 'test', FUNCTION: name });
        return environmentNames[name].filter((variable) => !(variable in Variables));
      }),
    );
    expect([...withheld].sort()).toEqual([
      // Lambda's own, and what the configuration leaves to the functions.
      'ACCESS_POLICY',
      'AWS_REGION',
      'PORTAL_CONFIGURATION',
      'STRIPE_API_BASE',
      'STRIPE_API_KEY',
      'STRIPE_WEBHOOK_SECRET',
      'TRIAL_HASH_KEY',
    ]);
  });

  it('names secrets by their ARN, and knows none', () => {
    const { Variables } = functionIn(template, 'stripe-webhook').Properties['Environment'] as {
      Variables: Record<string, unknown>;
    };
    expect(textOf(Variables['STRIPE_API_KEY_SECRET_ARN'])).toBe(
      `arn:aws:secretsmanager:us-east-1:{AWS::AccountId}:secret:${config.secrets.stripeApiKey}`,
    );
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(JSON.stringify(template)).not.toMatch(/\b(?:[sr]k_(?:test|live)|whsec)_/);
  });

  it('forgets every log after the days configured', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties);
    const names = groups.map(({ LogGroupName }) => LogGroupName);
    expect(names).toEqual(expect.arrayContaining(functionNames.map((name) => logGroupNameOf('test', name))));
    const kept = groups.filter(({ LogGroupName }) => !String(LogGroupName).includes('trigger-of'));
    expect(new Set(kept.map(({ RetentionInDays }) => RetentionInDays))).toEqual(
      new Set([config.watch.logRetentionDays]),
    );
    for (const name of functionNames) {
      const { LogGroup } = functionIn(template, name).Properties['LoggingConfig'] as { LogGroup: unknown };
      const { Properties } = template.Resources[logicalIdIn(LogGroup)] ?? {};
      expect(Properties?.['LogGroupName']).toBe(logGroupNameOf('test', name));
    }
  });

  it('starts reconcile by the clock, one run at a time, and keeps what failed', () => {
    const reconcile = functionIn(template, 'reconcile').Properties;
    expect(reconcile['ReservedConcurrentExecutions']).toBe(
      config.reconcile.reserveConcurrency ? 1 : undefined,
    );
    const { Properties: schedule } = theOnly(template, 'AWS::Scheduler::Schedule');
    expect(schedule).toMatchObject({
      ScheduleExpression: config.reconcile.schedule,
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
    });
    const queue = resourcesOf(template, 'AWS::SQS::Queue')[0]?.[0] ?? '';
    const target = schedule['Target'] as { Arn: unknown; DeadLetterConfig: { Arn: unknown } };
    expect(template.Resources[logicalIdIn(target.Arn)]?.Properties).toBe(reconcile);
    expect(textOf(target.DeadLetterConfig.Arn)).toBe(`{${queue}.Arn}`);
    expect(theOnly(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
      MaximumRetryAttempts: 1,
    });
  });

  it('has every alarm of the table, and each tells the topic that it went off and that it is over', () => {
    const { topic, made } = alarmsIn(template);
    expect(made.map(({ AlarmName }) => AlarmName)).toEqual(
      alarms.map(({ name }) => alarmNameOf('test', name)),
    );
    for (const { AlarmActions, OKActions, ActionsEnabled } of made) {
      expect([AlarmActions, OKActions, ActionsEnabled]).toEqual([
        [{ Ref: topic }],
        [{ Ref: topic }],
        undefined,
      ]);
    }
  });

  it('takes silence for a good sign, but where silence is the trouble', () => {
    const { made } = alarmsIn(template);
    for (const spec of alarms) {
      const alarm = made.find(({ AlarmName }) => AlarmName === alarmNameOf('test', spec.name));
      expect(alarm).toMatchObject({
        Threshold: spec.threshold,
        EvaluationPeriods: spec.periods.of,
        DatapointsToAlarm: spec.periods.beyond,
        TreatMissingData: spec.absent === true ? 'breaching' : 'notBreaching',
        ComparisonOperator: spec.absent === true ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
      });
      expect(alarm?.['AlarmDescription']).toContain(`docs/runbook.md#${spec.name}`);
    }
  });

  it('counts what the functions log under the very names they log it by', () => {
    const { made } = alarmsIn(template);
    const logged = alarms.flatMap(({ name, source }) =>
      source.kind === 'log_metric' ? source.functions.map((from) => [name, source.metric, from]) : [],
    );
    const counted = alarms.flatMap(({ name }) => {
      const alarm = made.find(({ AlarmName }) => AlarmName === alarmNameOf('test', name));
      return countedBy(alarm)
        .filter(({ Namespace }) => Namespace === METRIC_NAMESPACE)
        .map(({ MetricName, Dimensions }) => {
          expect(Dimensions).toEqual([
            { Name: 'function', Value: expect.any(String) as unknown },
            { Name: 'stage', Value: 'test' },
          ]);
          return [name, MetricName, Dimensions[0]?.Value];
        });
    });
    expect(counted).toEqual(logged);
  });

  it('adds up no more than the ten metrics that one alarm may', () => {
    for (const alarm of alarmsIn(template).made) expect(countedBy(alarm).length).toBeLessThanOrEqual(10);
  });

  it('lets CloudWatch tell the topic, and nobody without TLS', () => {
    const { Statement } = theOnly(template, 'AWS::SNS::TopicPolicy').Properties['PolicyDocument'] as {
      Statement: unknown;
    };
    expect(Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
    expect(theOnly(template, 'AWS::SNS::Topic').Properties['TopicName']).toBe(topicNameOf('test'));
    expect(resourcesOf(template, 'AWS::SNS::Subscription')).toEqual([]);
  });

  it('has one dashboard that shows every alarm and every function', () => {
    const { DashboardName, DashboardBody } = theOnly(template, 'AWS::CloudWatch::Dashboard').Properties;
    expect(DashboardName).toBe(dashboardNameOf('test'));
    const body = textOf(DashboardBody);
    for (const name of functionNames) expect(body).toContain(`predixa-test-${name}`);
    expect(body.match(/Alarms\w+\.Arn/g)).toHaveLength(alarms.length);
  });

  it('tells where it is', () => {
    expect(Object.keys(template.Outputs).sort()).toEqual(Object.values(outputs).sort());
  });
});

function alarmsIn(template: Template) {
  const [topic] = resourcesOf(template, 'AWS::SNS::Topic').map(([id]) => id);
  return {
    topic,
    made: resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.Properties),
  };
}

interface Counted {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** The metrics of an alarm on one or on the sum of several, without what the console shows them as. */
function countedBy(alarm: Readonly<Record<string, unknown>> | undefined): readonly Counted[] {
  const { Namespace, MetricName, Dimensions, Metrics } = (alarm ?? {}) as unknown as Counted & {
    readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Counted } }[];
  };
  const several = Metrics?.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
  return several ?? [{ Namespace, MetricName, Dimensions }];
}
