/** The WebSocket of the Stripe CLI. A handshake without a known session is refused in the words that the CLI waits for. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { CliSessions, CliSocket } from './cli-sessions.ts';

export const SOCKET_PATH = '/stripecli/socket';

/** An answer comes with the event that it answers. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** `refusal` says why a request may not come from where it does. */
export function serveCliSockets(
  server: Server,
  sessions: CliSessions,
  refusal: (request: IncomingMessage) => string | undefined,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (request, stream, head) => {
    const refused = refusal(request);
    if (refused !== undefined) return refuse(stream, '403 Forbidden', refused);
    const path = (request.url ?? '').split('?')[0];
    if (path !== SOCKET_PATH) return refuse(stream, '404 Not Found', 'No WebSocket is served here.');
    const id = headerOf(request, 'websocket-id');
    if (!sessions.has(id)) return refuse(stream, '400 Bad Request', 'Unknown WebSocket ID.');
    sockets.handleUpgrade(request, stream, head, (socket) => serve(sessions, id, socket));
  });
}

function serve(sessions: CliSessions, id: string, socket: WebSocket): void {
  const own: CliSocket = {
    send: (message) => socket.send(message),
    close: () => socket.close(1001),
  };
  socket.on('message', (data) => sessions.receive(id, textOf(data)));
  socket.on('close', () => sessions.disconnect(id, own));
  // An error is followed by the event `close`.
  socket.on('error', () => undefined);
  if (!sessions.connect(id, own)) socket.close(1008);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function refuse(stream: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error' } });
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  stream.on('error', () => undefined);
  stream.end(`${head}${body}`);
}
