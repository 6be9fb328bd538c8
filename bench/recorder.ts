/** Stands in front of the emulators, records every call and its answer, and counts them. */
import type { RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody, sendAnswer } from '../local/http/body.ts';
import { forward } from '../local/http/forward.ts';
import { ownPagesOnly } from '../local/http/guard.ts';
import { openServer } from '../local/http/listen.ts';
import { callOf, type RecordedCall, type System, systems, type Urls } from './calls.ts';

export interface Recorder {
  readonly urls: Urls;
  /** All calls since the last `clear`. */
  readonly calls: readonly RecordedCall[];
  clear(): void;
  /** Delays the answers of Stripe from now on, as a network would. */
  delayStripe(ms: number): void;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Set again for each answer, or true only of the recorded one. */
const unrecordedHeaders = new Set(['date', 'x-amz-crc32', 'content-length']);

export async function openRecorder(
  targets: Readonly<Record<System, () => Promise<string>>>,
): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  let stripeDelayMs = 0;
  const listenerFor =
    (system: System): RequestListener =>
    (incoming, outgoing) => {
      void (async () => {
        const body = await readBody(incoming, BODY_LIMIT_BYTES);
        if (body === 'too-large') throw new Error('The body is too large.');
        const { method = 'GET', url: path = '/', headers } = incoming;
        const { host, port } = new URL(await targets[system]());
        if (system === 'stripe' && stripeDelayMs > 0) await wait(stripeDelayMs);
        const answer = await forward({
          port: Number(port),
          method,
          path,
          // The servers answer only to their own name.
          headers: { ...headers, host },
          body,
          secret: {},
        });
        calls.push({
          ...callOf(system, { method, path, headers, body: body.toString('utf8') }),
          status: answer.status,
          headers: Object.fromEntries(
            Object.entries(answer.headers).filter(([name]) => !unrecordedHeaders.has(name)),
          ),
          body: answer.body.toString(),
        });
        sendAnswer(outgoing, answer);
      })().catch(() => incoming.socket.destroy());
    };
  const open = (system: System) =>
    openServer({ service: system, port: 0, flag: '' }, listenerFor(system), ownPagesOnly([]));
  const servers = await Promise.all(systems.map(open));
  return {
    urls: Object.fromEntries(systems.map((system, index) => [system, servers[index]?.url])) as Urls,
    calls,
    clear: () => {
      calls.length = 0;
    },
    delayStripe: (ms) => {
      stripeDelayMs = ms;
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
