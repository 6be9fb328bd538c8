/** The requests to SQS are those of the official client, and its answers are read as they are meant. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEventQueue } from './event-queue.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/111122223333/stripe-events.fifo';
const message = { body: '{"id":"evt_1"}', groupId: 'cus_1', deduplicationId: 'evt_1' };
const confirmed = {
  MessageId: 'e4b1…',
  MD5OfMessageBody: 'b1e9f0bb3f7a3c3b6b8c2a3f3d1b2c4d',
  SequenceNumber: '18849496460467696128',
};

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

let received: Received[];
let answers: { readonly status: number; readonly body: object | string }[];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    received.push({ headers: request.headers, body: JSON.parse(body) });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body));
  });
});
const urlOf = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', urlOf());
});
beforeEach(() => {
  received = [];
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

const md5 = '3c2b1b9a';
const queue = () => createEventQueue({ queueUrl, limits: { timeoutMs: 2_000, maxAttempts: 2 } });
function answered(status: number, body: object | string): void {
  answers = [{ status, body }];
}

describe('A message to SQS', () => {
  it('is the request that the official client sends', async () => {
    answered(400, { __type: 'com.amazonaws.sqs#InvalidAddress', message: 'Why.' });
    const client = new SQSClient({ region: 'us-east-1', endpoint: urlOf(), maxAttempts: 1 });
    const { body: MessageBody, groupId: MessageGroupId, deduplicationId: MessageDeduplicationId } = message;
    const input = { QueueUrl: queueUrl, MessageBody, MessageGroupId, MessageDeduplicationId };
    await client.send(new SendMessageCommand(input)).catch(() => undefined);
    client.destroy();
    await queue()
      .send(message)
      .catch(() => undefined);
    const [official, own] = received;
    expect(own?.body).toEqual(official?.body);
    for (const name of ['x-amz-target', 'content-type']) {
      expect([name, own?.headers[name]]).toEqual([name, official?.headers[name]]);
    }
    expect(own?.headers.authorization).toContain('/us-east-1/sqs/aws4_request');
  });

  it.each<readonly [string, object | string]>([
    ['nothing', ''],
    ['an empty object', {}],
    ['a message without its MD5', { MessageId: 'm' }],
    ['another MD5', { ...confirmed, MD5OfMessageBody: md5 }],
    ['an MD5 without a message', { MD5OfMessageBody: md5 }],
  ])('is not confirmed by an answer of %s', async (_, body) => {
    answered(200, body);
    await expect(queue().send(message)).rejects.toMatchObject({
      details: { system: 'sqs', operation: 'send message', code: 'unknown_shape' },
    });
  });

  it.each([
    ['QueueDoesNotExist', 'STRIPE_EVENT_QUEUE_URL'],
    ['AccessDeniedException', "the function's role"],
  ])('that is refused with %s names what to correct', async (type, setting) => {
    answered(400, { __type: `com.amazonaws.sqs#${type}` });
    await expect(queue().send(message)).rejects.toMatchObject({
      details: { code: 'refused', reason: type, refusal: { kind: 'installation', setting } },
    });
    expect(received).toHaveLength(1);
  });

  it.each(['InvalidMessageContents', 'InvalidParameterValue', 'UnsupportedOperation'])(
    'is refused permanently with %s, and not repeated',
    async (type) => {
      answered(400, { __type: `com.amazonaws.sqs#${type}` });
      await expect(queue().send(message)).rejects.toMatchObject({ details: { code: 'refused' } });
      expect(received).toHaveLength(1);
    },
  );

  it.each([
    ['throttling', 400, 'RequestThrottled'],
    ['a failure of SQS', 500, 'InternalFailure'],
  ])('is sent again after %s, then unavailable', async (_, status, type) => {
    answered(status, { __type: `com.amazonaws.sqs#${type}` });
    await expect(queue().send(message)).rejects.toMatchObject({ details: { code: 'unavailable' } });
    expect(received).toHaveLength(2);
    expect(received[1]?.body).toEqual(received[0]?.body);
  });
});
