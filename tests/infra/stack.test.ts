/** Tests what every installation has, for every kind of API, pool and tables. */
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionSpecs } from '../../contract/functions.ts';
import { METRIC_NAMESPACE } from '../../contract/metrics.ts';
import { environmentNames, functionsOf, memoryMb } from '../../infra/functions.ts';
import { alarmNameOf, dashboardNameOf, logGroupNameOf, outputs, topicNameOf } from '../../infra/names.ts';
import { permissionsOf } from '../../infra/permissions.ts';
import { alarmsOf } from '../../infra/stage-alarms.ts';
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

/** Sorts statements and their actions, because the CDK merges and reorders statements. */
function sorted(statements: readonly Statement[]): readonly Statement[] {
  return statements.map(({ actions, resource }) => ({ resource, actions: [...actions].sort() })).sort(byText);
}

describe.each(Object.entries(configs))('The stack of %s', (_, config) => {
  const template: Template = synthesize(config);
  const functionNames = functionsOf(config);
  const alarms = alarmsOf(config);
  const ofEach = <T>(describe: (name: FunctionName) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(functionNames.map((name) => [name, describe(name)]));

  it('runs its functions and no others on arm64 and Node 24 with their configured memory and timeout', () => {
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

  it('has a function, a role, a route and alarms for app stores only if its apps sell there', () => {
    const text = JSON.stringify(template);
    for (const one of ['predixa-test-revenuecat-webhook', '/revenuecat/webhook', 'predixa-test-store-'])
      expect([one, text.includes(one)]).toEqual([one, config.stores !== null]);
    expect(text.toLowerCase().includes('revenuecat')).toBe(config.stores !== null);
  });

  it('allows each function only the permissions of infra/permissions.ts and writing its own log', () => {
    const log = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resource: 'own_log_group' };
    const failures = { actions: ['sqs:SendMessage'], resource: 'dead_letters' };
    const granted = statementsByFunction(template, { config });
    expect(ofEach((name) => sorted(granted[name] ?? []))).toEqual(
      ofEach((name) =>
        sorted([...permissionsOf(name, config), log, ...(name === 'reconcile' ? [failures] : [])]),
      ),
    );
  });

  it('sets every variable that a function reads, except plain-text keys and test servers', () => {
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
      // Set by Lambda itself, or left to the functions' defaults.
      'ACCESS_POLICY',
      ...(config.stores === null ? ['ALLOW_SANDBOX_PURCHASES'] : []),
      'AWS_REGION',
      // What the checkout of these stages goes without.
      'CHECKOUT_AUTOMATIC_TAX',
      'CHECKOUT_BILLING_ADDRESS',
      'CHECKOUT_DISCOUNT',
      'CHECKOUT_PAYMENT_METHODS',
      'CHECKOUT_TAX_IDS',
      'CHECKOUT_TERMS_OF_SERVICE',
      ...(config.deletion.refund === 'none' ? ['DELETION_REFUND'] : []),
      'PORTAL_CONFIGURATION',
      'REVENUECAT_API_BASE',
      'REVENUECAT_API_KEY',
      ...(config.stores === null ? ['REVENUECAT_API_KEY_SECRET_ARN', 'REVENUECAT_PROJECT_ID'] : []),
      ...(config.stores === null ? [] : ['REVENUECAT_WEBHOOK_SECRET']),
      ...(config.access.signUpTrialDays === 0 ? ['SIGN_UP_TRIAL_DAYS'] : []),
      'STRIPE_API_BASE',
      'STRIPE_API_KEY',
      ...(config.webhookQueue === null ? ['STRIPE_EVENT_QUEUE_ARN'] : []),
      'STRIPE_EVENT_SOURCE',
      'STRIPE_MODE',
      'STRIPE_WEBHOOK_SECRET',
      // Behind a queue, `stripe-webhook` verifies no signature.
      ...(config.webhookQueue === null ? [] : ['STRIPE_WEBHOOK_SECRET_SECRET_ARN']),
      'TRIAL_END',
      'TRIAL_HASH_KEY',
      ...(config.access.signUpTrialDays === 0 ? ['TRIAL_HASH_KEY_SECRET_ARN'] : []),
      'TRIAL_WITHOUT_CARD',
    ]);
  });

  it('refers to secrets by their ARN, and contains none', () => {
    const { Variables } = functionIn(template, 'stripe-webhook').Properties['Environment'] as {
      Variables: Record<string, unknown>;
    };
    expect(textOf(Variables['STRIPE_API_KEY_SECRET_ARN'])).toBe(
      `arn:aws:secretsmanager:us-east-1:{AWS::AccountId}:secret:${config.secrets.stripeApiKey}`,
    );
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(JSON.stringify(template)).not.toMatch(/\b(?:[sr]k_(?:test|live)|whsec)_/);
  });

  it('deletes every log after the configured retention', () => {
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

  it('runs reconcile on a schedule, one run at a time where configured, and stores failed runs', () => {
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
    const queue = resourcesOf(template, 'AWS::SQS::Queue').find(([, { Properties }]) =>
      String(Properties['QueueName']).endsWith('-reconcile-dead-letters'),
    )?.[0];
    const target = schedule['Target'] as { Arn: unknown; DeadLetterConfig: { Arn: unknown } };
    expect(template.Resources[logicalIdIn(target.Arn)]?.Properties).toBe(reconcile);
    expect(textOf(target.DeadLetterConfig.Arn)).toBe(`{${queue ?? ''}.Arn}`);
    expect(theOnly(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
      MaximumRetryAttempts: 1,
    });
  });

  it('has every alarm of infra/alarms.ts, each notifying the topic when it goes off and when it recovers', () => {
    const { topic, created } = alarmsIn(template);
    expect(created.map(({ AlarmName }) => AlarmName)).toEqual(
      alarms.map(({ name }) => alarmNameOf('test', name)),
    );
    for (const { AlarmActions, OKActions, ActionsEnabled } of created) {
      expect([AlarmActions, OKActions, ActionsEnabled]).toEqual([
        [{ Ref: topic }],
        [{ Ref: topic }],
        undefined,
      ]);
    }
  });

  it('treats missing data as healthy, except for alarms on the absence of data', () => {
    const { created } = alarmsIn(template);
    for (const spec of alarms) {
      const alarm = created.find(({ AlarmName }) => AlarmName === alarmNameOf('test', spec.name));
      expect(alarm).toMatchObject({
        Threshold: spec.threshold,
        EvaluationPeriods: spec.periods.of,
        DatapointsToAlarm: spec.periods.beyond,
        TreatMissingData: spec.absent === true ? 'breaching' : 'notBreaching',
        ComparisonOperator: spec.absent === true ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
      });
      expect(alarm?.['AlarmDescription']).toContain(`docs/runbook.md#${spec.runbook ?? spec.name}`);
    }
  });

  it('counts log metrics under the names and dimensions that the functions log', () => {
    const { created } = alarmsIn(template);
    const logged = alarms.flatMap(({ name, source }) =>
      source.kind === 'log_metric' ? source.functions.map((from) => [name, source.metric, from]) : [],
    );
    const counted = alarms.flatMap(({ name }) => {
      const alarm = created.find(({ AlarmName }) => AlarmName === alarmNameOf('test', name));
      return countedMetrics(alarm)
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

  it('sums at most ten metrics in one alarm, which is the limit of CloudWatch', () => {
    for (const alarm of alarmsIn(template).created)
      expect(countedMetrics(alarm).length).toBeLessThanOrEqual(10);
  });

  it('allows CloudWatch to publish to the topic, and denies requests without TLS', () => {
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

  it('outputs the values that the operations need', () => {
    expect(Object.keys(template.Outputs).sort()).toEqual(Object.values(outputs).sort());
  });
});

function alarmsIn(template: Template) {
  const [topic] = resourcesOf(template, 'AWS::SNS::Topic').map(([id]) => id);
  return {
    topic,
    created: resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.Properties),
  };
}

interface CountedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** Returns the metrics that an alarm counts, whether one or a sum, without their labels. */
function countedMetrics(alarm: Readonly<Record<string, unknown>> | undefined): readonly CountedMetric[] {
  const { Namespace, MetricName, Dimensions, Metrics } = (alarm ?? {}) as unknown as CountedMetric & {
    readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: CountedMetric } }[];
  };
  const several = Metrics?.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
  return several ?? [{ Namespace, MetricName, Dimensions }];
}
