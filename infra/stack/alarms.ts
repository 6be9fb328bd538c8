/** Creates the alarms of infra/alarms.ts and the topic that they notify. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AlarmSpec } from '../alarm-spec.ts';
import { alarmsOf } from '../alarms.ts';
import type { StageConfig } from '../config.ts';
import { alarmNameOf, topicNameOf } from '../names.ts';
import type { Metrics } from './metrics.ts';

export interface AlarmsProps {
  readonly stage: string;
  readonly config: StageConfig;
  readonly metrics: Metrics;
}

export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: readonly Alarm[];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.topic = this.#topic();
    this.all = alarmsOf(props.config).map((spec) => this.#alarm(spec));
  }

  #topic(): Topic {
    const { stage, config } = this.#props;
    const { alarmEmail } = config.watch;
    const topic = new Topic(this, 'Topic', { topicName: topicNameOf(stage), enforceSSL: true });
    // A custom topic policy replaces the default one, which allows the account's alarms to publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (alarmEmail !== null) topic.addSubscription(new EmailSubscription(alarmEmail));
    return topic;
  }

  #alarm(spec: AlarmSpec): Alarm {
    const absent = spec.absent === true;
    const alarm = new Alarm(this, spec.name, {
      alarmName: alarmNameOf(this.#props.stage, spec.name),
      alarmDescription: `${spec.meaning} What to do: docs/runbook.md#${spec.runbook ?? spec.name}`,
      metric: this.#props.metrics.of(spec.source, Duration.minutes(spec.periodMinutes)),
      threshold: spec.threshold,
      comparisonOperator: absent
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: spec.periods.of,
      datapointsToAlarm: spec.periods.beyond,
      treatMissingData: absent ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const notify = new SnsAction(this.topic);
    alarm.addAlarmAction(notify);
    alarm.addOkAction(notify);
    return alarm;
  }
}
