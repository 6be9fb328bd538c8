/**
 * Opens a connection before there is a request, while the function initializes: the handshake with a distant server then
 * runs while the first request is read and the table is asked.
 */
import type { Agent, AgentOptions } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemClock } from '../system/clock.ts';

type ConnectOptions = AgentOptions & { readonly servername?: string };

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Lambda may keep a process frozen before its first request, and servers close what is idle for long. */
const MAX_AGE_MS = 5_000;

type Connected = (error: Error | null, socket: Duplex) => void;

/** An agent of `node:https` calls this method for each connection. */
interface Opener {
  readonly options: AgentOptions;
  createConnection(options: ConnectOptions, connected?: Connected): Socket;
}

/**
 * The agent gets the connection for its first request, unless it has failed or is too old by then. Returns whether a
 * connection is that one, which was idle before like one that is used again.
 */
export function openEarly(agent: Agent, { host, port }: Address): (socket: unknown) => boolean {
  const opener = agent as unknown as Opener;
  const open = opener.createConnection.bind(agent);
  const openedMs = systemClock.nowMs();
  const opened = open({ ...opener.options, host, port, servername: isIP(host) === 0 ? host : '' });
  let early: Socket | undefined = opened;
  // It keeps no process running, and no failure of it is one of a request.
  opened.unref();
  opened.on('error', () => undefined);
  opener.createConnection = (options, connected) => {
    const socket = early;
    early = undefined;
    if (socket === undefined) return open(options, connected);
    if (!socket.destroyed && systemClock.nowMs() - openedMs <= MAX_AGE_MS) return socket.ref();
    socket.destroy();
    return open(options, connected);
  };
  return (socket) => socket === opened;
}
