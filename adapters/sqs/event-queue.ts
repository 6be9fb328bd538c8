/** Puts messages onto a FIFO queue of SQS. */
import { createHash } from 'node:crypto';
import type { EventQueue } from '../../core/queue/event-queue.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt } from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';
import type { AttemptLimits } from '../transport/attempts.ts';
import type { CredentialSource } from '../transport/aws-credentials.ts';
import { createAws } from '../transport/aws-json.ts';
import { sqsService } from './client.ts';

export interface QueueOptions {
  readonly queueUrl: string;
  readonly limits: AttemptLimits;
  /** Those of the role by default. */
  readonly credentials?: CredentialSource;
}

const failed = { system: 'sqs', operation: 'send message' } as const;

/** Errors that repeat until someone corrects the queue, the role or this program. */
const permanentErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'InvalidAddress',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidSecurity',
  'MissingParameter',
  'QueueDoesNotExist',
  'UnsupportedOperation',
]);

/** A repeated request stores no second message, because the queue knows its deduplication id for five minutes. */
export function createEventQueue({ queueUrl, limits, credentials }: QueueOptions): EventQueue {
  const call = createAws(sqsService, limits, credentials);
  return {
    async send({ body, groupId, deduplicationId }) {
      const input = {
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageGroupId: groupId,
        MessageDeduplicationId: deduplicationId,
      };
      const answer = await call('SendMessage', input).catch((cause: unknown) => {
        throw faultOf({ ...failed, permanentErrors }, cause);
      });
      const isHeld = textAt(answer ?? null, 'MessageId') !== null;
      if (isHeld && textAt(answer ?? null, 'MD5OfMessageBody') === md5Of(body)) return;
      // Whatever answered, it does not say that the message is in the queue as it was sent.
      throw new Fault({ ...failed, code: 'unknown_shape', expected: 'the id and the MD5 of the message' });
    },
  };
}

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
