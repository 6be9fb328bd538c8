/** Starts `reconcile` by the clock, and keeps what could not be started or carried out. */
import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLetterQueueNameOf, scheduleNameOf } from '../names.ts';

export interface ReconcileScheduleProps {
  readonly stage: string;
  readonly expression: string;
  /** A run that is complete is not begun anew before. */
  readonly everyHours: number;
  readonly reconcile: LambdaFunction;
}

export class ReconcileSchedule extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: ReconcileScheduleProps) {
    super(scope, id);
    const { stage, expression, everyHours, reconcile } = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: deadLetterQueueNameOf(stage),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#keepFailures(reconcile);
    new Schedule(this, 'Schedule', {
      scheduleName: scheduleNameOf(stage),
      description: 'Sets right what webhooks lost, and finishes what crashed.',
      schedule: ScheduleExpression.expression(expression, TimeZone.ETC_UTC),
      target: new LambdaInvoke(reconcile, {
        input: ScheduleTargetInput.fromObject({ everyHours }),
        deadLetterQueue: this.deadLetters,
        retryAttempts: 10,
        maxEventAge: Duration.hours(2),
      }),
    });
  }

  /** The scheduler's own queue covers handing the call over; a run that fails afterwards is Lambda's affair. */
  #keepFailures(reconcile: LambdaFunction): void {
    const sent = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [this.deadLetters.queueArn],
    });
    reconcile.addToRolePolicy(sent);
    new EventInvokeConfig(this, 'Failures', {
      function: reconcile,
      retryAttempts: 1,
      // One run at a time: a call that finds another under way waits for its end, not for a day.
      maxEventAge: Duration.hours(2),
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    });
  }
}
