/** The console's part of the API port: its page, the control API and the stream of events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, sendAnswer } from '../http/body.ts';
import { CONTROL_PREFIX } from './contract.ts';
import { answerControl } from './control.ts';
import type { Hub } from './hub.ts';
import { consolePageAt } from './pages.ts';
import type { ControlRoute } from './routes.ts';
import { streamEvents } from './stream.ts';

export interface ConsoleServer {
  /** Returns false for a request that belongs to something else. */
  serve(request: IncomingMessage, response: ServerResponse, url: URL): boolean;
}

export interface ConsoleParts {
  readonly hub: Hub;
  readonly routes: readonly ControlRoute[];
  /** The directory of the built console. */
  readonly directory: string;
}

const pages = new Set(['/', '/console.js', '/console.css']);

export function consoleServer({ hub, routes, directory }: ConsoleParts): ConsoleServer {
  const send = (response: ServerResponse, answer: Promise<Answer | undefined>) => {
    void answer.then((ready) => {
      if (ready !== undefined) sendAnswer(response, ready);
    });
  };
  return {
    serve(request, response, url) {
      const { pathname } = url;
      if (pathname === `${CONTROL_PREFIX}/events` && request.method === 'GET') {
        streamEvents(hub, request, response);
      } else if (pathname === CONTROL_PREFIX || pathname.startsWith(`${CONTROL_PREFIX}/`)) {
        send(response, answerControl(routes, request, url));
      } else if ((request.method === 'GET' || request.method === 'HEAD') && pages.has(pathname)) {
        send(response, consolePageAt(pathname, { directory }));
      } else return false;
      return true;
    },
  };
}
