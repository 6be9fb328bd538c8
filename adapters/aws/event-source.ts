/** Reads what a Lambda function is invoked with if it does not come through an API: an event of EventBridge, or a batch of SQS. */
import {
  isRecord,
  parseJson,
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
  /** Undefined if it is not JSON. */
  readonly body: unknown;
}

export type OtherSource =
  | { readonly kind: 'eventbridge'; readonly event: BusEvent }
  | { readonly kind: 'sqs'; readonly messages: readonly QueueMessage[] };

/** Returns `undefined` for a request of an API, and for anything that is none of them. */
export function otherSourceOf(invocation: unknown): OtherSource | undefined {
  const records = valueAt(recordIn(invocation), 'Records');
  if (Array.isArray(records)) return { kind: 'sqs', messages: recordsIn(records).map(messageIn) };
  const event = busEventIn(invocation);
  return event === undefined ? undefined : { kind: 'eventbridge', event };
}

/** Returns the event of a bus, which a queue may carry too. */
export function busEventIn(value: unknown): BusEvent | undefined {
  if (!isRecord(value) || valueAt(value, 'detail-type') === undefined) return undefined;
  return { source: textAt(value, 'source'), detail: valueAt(value, 'detail') };
}

function messageIn(record: UnknownRecord): QueueMessage {
  return {
    id: textAt(record, 'messageId') ?? '',
    queueArn: textAt(record, 'eventSourceARN'),
    body: parseJson(textAt(record, 'body') ?? ''),
  };
}
