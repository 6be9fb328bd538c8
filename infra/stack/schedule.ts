/** Runs `reconcile` on a schedule, and stores failed runs in a dead-letter queue. */
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
  /** How long to wait after a complete run before the next one starts. */
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
      description: 'Applies lost webhook events and finishes interrupted operations.',
      schedule: ScheduleExpression.expression(expression, TimeZone.ETC_UTC),
      target: new LambdaInvoke(reconcile, {
        input: ScheduleTargetInput.fromObject({ everyHours }),
        deadLetterQueue: this.deadLetters,
        retryAttempts: 10,
        maxEventAge: Duration.hours(2),
      }),
    });
  }

  /** The scheduler's queue covers only failed invocations. Failed runs need Lambda's own failure destination. */
  #keepFailures(reconcile: LambdaFunction): void {
    const sendMessage = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [this.deadLetters.queueArn],
    });
    reconcile.addToRolePolicy(sendMessage);
    new EventInvokeConfig(this, 'Failures', {
      function: reconcile,
      retryAttempts: 1,
      // With one run at a time, an invocation may have to wait for another run; 2 hours are enough for that.
      maxEventAge: Duration.hours(2),
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    });
  }
}
