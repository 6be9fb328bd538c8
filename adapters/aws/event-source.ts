/** Reads what a Lambda function is invoked with if it does not come through an API, such as an event of EventBridge or a batch of SQS. */
import {
  isRecord,
  parseJson,
  recordAt,
  recordIn,
  recordsIn,
  textAt,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';

/** An event from a bus. */
export interface BusEvent {
  /** Who put it on the bus, such as `aws.partner/stripe.com/ed_…`. */
  readonly source: string | null;
  readonly detail: unknown;
}

export interface QueueMessage {
  readonly id: string;
  readonly queueArn: string | null;
  /** The group of a FIFO queue, whose messages follow each other. Null in every other queue. */
  readonly groupId: string | null;
  /** How often the message was delivered, this time included. */
  readonly receiveCount: number;
  /** Undefined if it is not JSON. */
  readonly body: unknown;
}

export type OtherSource =
  | { readonly kind: 'eventbridge'; readonly event: BusEvent }
  | { readonly kind: 'sqs'; readonly messages: readonly QueueMessage[] }
  /** Nothing says who sends it, such as the event alone, which a rule passes on with an input path. */
  | { readonly kind: 'unknown' };

/** What the requests of every API have, also those of a function URL and of a load balancer. */
const requestFields = ['requestContext', 'httpMethod', 'headers', 'multiValueHeaders', 'rawPath'];

/** Returns `undefined` for a request of an API. */
export function otherSourceOf(invocation: unknown): OtherSource | undefined {
  // A pipe of EventBridge passes on the messages of a queue as a list.
  const records = Array.isArray(invocation) ? invocation : valueAt(recordIn(invocation), 'Records');
  if (Array.isArray(records)) return { kind: 'sqs', messages: recordsIn(records).map(messageIn) };
  const event = busEventIn(invocation);
  if (event !== undefined) return { kind: 'eventbridge', event };
  const isRequest = isRecord(invocation) && requestFields.some((name) => Object.hasOwn(invocation, name));
  return isRequest ? undefined : { kind: 'unknown' };
}

/** Returns the event of a bus, which a queue may carry too. */
export function busEventIn(value: unknown): BusEvent | undefined {
  if (!isRecord(value) || valueAt(value, 'detail-type') === undefined) return undefined;
  return { source: textAt(value, 'source'), detail: valueAt(value, 'detail') };
}

function messageIn(record: UnknownRecord): QueueMessage {
  const attributes = recordAt(record, 'attributes');
  const queueArn = textAt(record, 'eventSourceARN');
  // A standard queue may have groups too, but keeps no order in them.
  const isFifo = queueArn?.endsWith('.fifo') === true;
  return {
    id: textAt(record, 'messageId') ?? '',
    queueArn,
    groupId: isFifo ? textAt(attributes, 'MessageGroupId') : null,
    receiveCount: Number(textAt(attributes, 'ApproximateReceiveCount') ?? 1),
    body: parseJson(textAt(record, 'body') ?? ''),
  };
}
