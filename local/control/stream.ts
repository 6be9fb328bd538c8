/** Sends the events of the cloud to a page: server-sent events, for as long as the page is open. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hub } from './hub.ts';

/** Keeps the connection open through whatever closes idle ones. */
const HEARTBEAT_MS = 15_000;
/** A page that reads nothing, such as one of a laptop asleep, must not fill the memory. It connects again later. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

export function streamEvents(hub: Hub, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  response.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  heartbeat.unref();
  const stop = hub.subscribe((event) => {
    response.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  });
  const end = () => {
    clearInterval(heartbeat);
    stop();
  };
  request.once('close', end);
  response.once('close', end);
}
