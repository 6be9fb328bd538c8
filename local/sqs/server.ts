/** Serves the queues over the JSON protocol of SQS: to send, receive and delete messages, and to redrive dead letters. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type FifoQueue, md5Of, type ReceivedMessage } from './fifo-queue.ts';

export interface SqsQueues {
  readonly queue: FifoQueue;
  readonly deadLetters: FifoQueue;
  /** Called after a message has arrived. */
  readonly onMessage: () => void;
}

type Input = Readonly<Record<string, unknown>>;

class SqsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** SQS holds 1 MiB. */
const MAX_BODY_BYTES = 1_048_576;
const KEY = /^[\x21-\x7e]{1,128}$/;
/** What a message may contain: the characters of XML. */
const XML = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

export function sqsListener(queues: SqsQueues): RequestListener {
  return (request, response) => {
    void answer(queues, request, response);
  };
}

async function answer(queues: SqsQueues, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const [service, operation = ''] = String(request.headers['x-amz-target']).split('.');
  try {
    if (service !== 'AmazonSQS') throw new SqsError('InvalidAction', 'Not a request of SQS.');
    const result = run(queues, operation, JSON.parse(body.toString('utf8')) as Input);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(result));
  } catch (error) {
    const { status, code, message } = refusalOf(error);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }));
  }
}

function refusalOf(error: unknown) {
  if (error instanceof SqsError) return { status: 400, code: error.code, message: error.message };
  if (error instanceof SyntaxError) {
    return { status: 400, code: 'MalformedInput', message: 'The body is not JSON.' };
  }
  return { status: 500, code: 'InternalFailure', message: 'The queue cannot be written.' };
}

function run(queues: SqsQueues, operation: string, input: Input): object {
  switch (operation) {
    case 'SendMessage':
      return send(queues, input);
    case 'ReceiveMessage': {
      const received = queueOf(queues, input).receive(Number(input['MaxNumberOfMessages'] ?? 1));
      return received.length === 0 ? {} : { Messages: received.map(messageOf) };
    }
    case 'DeleteMessage':
      if (queueOf(queues, input).delete(String(input['ReceiptHandle']))) return {};
      throw new SqsError('InvalidParameterValue', 'The receipt handle has expired.');
    case 'GetQueueAttributes':
      return { Attributes: { ApproximateNumberOfMessages: String(queueOf(queues, input).messages.length) } };
    case 'StartMessageMoveTask':
      queues.deadLetters.moveAll(queues.queue);
      queues.onMessage();
      return { TaskHandle: 'local' };
    default:
      throw new SqsError('UnsupportedOperation', `The local queue does not support ${operation}.`);
  }
}

function queueOf({ queue, deadLetters }: SqsQueues, { QueueUrl: url }: Input): FifoQueue {
  if (String(url).endsWith('/stripe-events.fifo')) return queue;
  if (String(url).endsWith('/stripe-events-dead-letters.fifo')) return deadLetters;
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

function send(queues: SqsQueues, input: Input): object {
  const queue = queueOf(queues, input);
  const [body, groupId, deduplicationId] = ['MessageBody', 'MessageGroupId', 'MessageDeduplicationId'].map(
    (name) => {
      const value = input[name];
      if (typeof value === 'string' && value !== '') return value;
      throw new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
    },
  ) as [string, string, string];
  for (const key of [groupId, deduplicationId]) {
    if (!KEY.test(key)) throw new SqsError('InvalidParameterValue', 'An id has an invalid form.');
  }
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new SqsError('InvalidParameterValue', 'The message is longer than 1 MiB.');
  }
  if (!XML.test(body)) throw new SqsError('InvalidMessageContents', 'The message has invalid characters.');
  const { messageId, sequenceNumber } = queue.send({ body, groupId, deduplicationId });
  queues.onMessage();
  return { MessageId: messageId, MD5OfMessageBody: md5Of(body), SequenceNumber: sequenceNumber };
}

function messageOf(message: ReceivedMessage): object {
  const { messageId, receiptHandle, body } = message;
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5Of(body),
    Body: body,
    Attributes: attributesOf(message),
  };
}

/** The system attributes of a message, as a client and a function receive them. */
export function attributesOf(message: ReceivedMessage): Readonly<Record<string, string>> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAtMs),
    SequenceNumber: message.sequenceNumber,
    MessageGroupId: message.groupId,
    SenderId: 'local',
    MessageDeduplicationId: message.deduplicationId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
  };
}
