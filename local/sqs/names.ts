/** The names of the local queues. */
export const QUEUE_NAME = 'stripe-events.fifo';
const ACCOUNT = '000000000000';
export const QUEUE_ARN = `arn:aws:sqs:us-east-1:${ACCOUNT}:${QUEUE_NAME}`;
export const queueUrlAt = (serverUrl: string): string => `${serverUrl}/${ACCOUNT}/${QUEUE_NAME}`;
export const deadLetterQueueUrlAt = (serverUrl: string): string =>
  `${serverUrl}/${ACCOUNT}/stripe-events-dead-letters.fifo`;
