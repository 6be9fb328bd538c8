/** The queue between the webhook of Stripe and its worker, with a dead-letter queue, and the delivery of its messages. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  BATCH_SIZE,
  MAX_RECEIVE_COUNT,
  RETENTION_DAYS,
  VISIBILITY_TIMEOUT_SECONDS,
} from '../../contract/event-queue.ts';
import { eventDeadLetterQueueNameOf, eventQueueNameOf } from '../names.ts';

export class EventQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: string }) {
    super(scope, id);
    const common = {
      fifo: true,
      // Each customer is a group, so neither the throughput nor the deduplication needs to span them.
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(RETENTION_DAYS),
      // The messages only ask to look at Stripe. Stripe and reconcile know what is lost with them.
      removalPolicy: RemovalPolicy.DESTROY,
    } as const;
    // By its name, because each of the two queues refers to the other.
    const queueArn = Stack.of(this).formatArn({ service: 'sqs', resource: eventQueueNameOf(stage) });
    const deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      queueName: eventDeadLetterQueueNameOf(stage),
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'Source', queueArn)],
      },
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: eventQueueNameOf(stage),
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUT_SECONDS),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /** Lambda polls with the role of the worker, whose permissions are those of infra/permissions.ts. */
  deliverTo(worker: LambdaFunction, maxConcurrency: number): void {
    new EventSourceMapping(this, 'Deliveries', {
      target: worker,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }
}
