/** Answers as recorded in a process of its own, so that this work is not counted as that of a function. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type System, systems, type Urls } from './calls.ts';
import type { Certificate } from './certificate.ts';
import { nextMessage } from './processes.ts';
import type { Recording } from './recording.ts';
import { createReplay } from './replay.ts';

export interface ReplayServers {
  /** With the certificate, over TLS. */
  readonly secure: Urls;
  readonly plain: Urls;
}

export interface ReplayProcess extends ReplayServers {
  /** Throws if a function made a call that no recording has: then its figures count for nothing. */
  assertAllKnown(): Promise<void>;
  close(): void;
}

interface Start {
  readonly recordings: readonly Recording[];
  readonly certificate: Certificate;
}

export async function openReplay(start: Start): Promise<ReplayProcess> {
  const child = fork(fileURLToPath(import.meta.url), [], { execArgv: ['--import', 'tsx'] });
  child.send(start);
  const servers = (await nextMessage(child, 'the replay')) as ReplayServers;
  return {
    ...servers,
    assertAllKnown: async () => {
      child.send('unknown calls');
      const unknown = (await nextMessage(child, 'the replay')) as readonly string[];
      if (unknown.length > 0) throw new Error(`These calls were not recorded: ${unknown.join(', ')}`);
    },
    close: () => {
      child.disconnect();
    },
  };
}

/** Longer than any run. */
const KEEP_ALIVE_MS = 3_600_000;

async function serve({ recordings, certificate }: Start): Promise<void> {
  const replay = createReplay(recordings);
  const listenerOf =
    (system: System): RequestListener =>
    (incoming, outgoing) => {
      void text(incoming).then((body) => {
        const { method = 'GET', url: path = '/', headers } = incoming;
        const answer = replay.answer(system, { method, path, headers, body });
        outgoing.writeHead(answer.status, {
          ...answer.headers,
          'content-length': Buffer.byteLength(answer.body),
        });
        outgoing.end(answer.body);
      });
    };
  const open = async (scheme: 'http' | 'https'): Promise<Urls> => {
    const urls = await Promise.all(
      systems.map(async (system): Promise<[System, string]> => {
        const server =
          scheme === 'http'
            ? createServer(listenerOf(system))
            : createSecureServer({ key: certificate.key, cert: certificate.certificate }, listenerOf(system));
        server.keepAliveTimeout = KEEP_ALIVE_MS;
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        return [system, `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`];
      }),
    );
    return Object.fromEntries(urls) as Urls;
  };
  process.send?.({ secure: await open('https'), plain: await open('http') } satisfies ReplayServers);
  process.on('message', () => process.send?.(replay.unknownCalls()));
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [start] = (await once(process, 'message')) as [Start];
  await serve(start);
}
