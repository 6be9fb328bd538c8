/** The test setup: a simulator with a settable clock, a webhook receiver, and requests with an API key. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type EventBody,
  type RevenueCatSimulator,
  type RevenueCatSimulatorOptions,
  startRevenueCatSimulator,
} from '../index.ts';

export const TEST_KEY = 'sk_test_key';
export const AUTHORIZATION = 'Bearer of the webhook';
export const testStart = Date.UTC(2027, 0, 15, 12);
export const DAY_SECONDS = 24 * 3600;
export const DAY_MS = DAY_SECONDS * 1000;

export interface Received {
  readonly event: EventBody;
  readonly apiVersion: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Rig {
  readonly simulator: RevenueCatSimulator;
  readonly received: Received[];
  readonly clock: { ms: number };
  /** Returns the status of the next response, or `drop` to close the connection. A promise keeps the sender waiting. */
  readonly receiver: { answer: () => number | 'drop' | Promise<number | 'drop'> };
  /** Returns the types of the events received so far, once all due deliveries are done. */
  types(): Promise<string[]>;
  /** Sends a request below the project. */
  api(path: string, options?: { method?: string; key?: string }): Promise<Reply>;
  control(path: string, body?: object, method?: string): Promise<Reply>;
  close(): Promise<void>;
}

export async function startRig(options: RevenueCatSimulatorOptions = {}): Promise<Rig> {
  const clock = { ms: testStart };
  const received: Received[] = [];
  const receiver: Rig['receiver'] = { answer: () => 200 };
  const sink = await startSink(received, receiver);
  const simulator = await startRevenueCatSimulator({ now: () => clock.ms, seed: 'tests', ...options });
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
  simulator.registerWebhook({ url, authorization: AUTHORIZATION });
  return {
    simulator,
    received,
    clock,
    receiver,
    types: async () => {
      await simulator.settled();
      return received.map(({ event }) => event.type);
    },
    api: (path, { method = 'GET', key = TEST_KEY } = {}) =>
      replyOf(
        fetch(`${simulator.url}/v2/projects/${simulator.projectId}/${path}`, {
          method,
          headers: { Authorization: `Bearer ${key}` },
        }),
      ),
    control: (path, body, method = 'POST') =>
      replyOf(
        fetch(`${simulator.url}/_simulator${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    close: async () => {
      await simulator.close();
      sink.closeAllConnections();
      await new Promise((resolve) => {
        sink.close(resolve);
      });
    },
  };
}

export async function replyOf(request: Promise<Response>): Promise<Reply> {
  const response = await request;
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Reply['body'] };
}

/** Returns the items of a list. */
export function itemsOf({ body }: Reply): readonly Readonly<Record<string, unknown>>[] {
  return body['items'] as readonly Readonly<Record<string, unknown>>[];
}

async function startSink(received: Received[], receiver: Rig['receiver']): Promise<Server> {
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        api_version: string;
        event: EventBody;
      };
      received.push({ event: body.event, apiVersion: body.api_version, headers: request.headers });
      void Promise.resolve(receiver.answer()).then((status) => {
        if (status === 'drop') response.destroy();
        else response.writeHead(status).end();
      });
    });
  });
  await new Promise<void>((resolve) => {
    sink.listen(0, '127.0.0.1', resolve);
  });
  return sink;
}
