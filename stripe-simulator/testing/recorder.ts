/** Records what the simulator answers, and what is wrong with it by the types of the official library. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiRoutes } from '../http/api-routes.ts';
import type { SimulatorObserver } from '../options.ts';
import { matchRoute } from '../protocol/route.ts';
import { DEFAULT_API_VERSION } from '../world/world.ts';
import { answerProblems, objectProblems } from './answer-check.ts';

const routes = apiRoutes({ send: () => undefined, advance: () => ({}) as never });

export class Recorder {
  /** Each problem once, with the route or the event that has it. */
  readonly problems = new Set<string>();
  readonly answered = new Set<string>();

  /** Wraps the listener of a simulator, so that each of its answers is checked. */
  readonly observer: SimulatorObserver = {
    wrap: (listener) => (request, response) => {
      this.#watch(request as IncomingMessage, response as ServerResponse);
      listener(request, response);
    },
    event: () => undefined,
    delivery: () => ({ headers: {}, done: () => undefined }),
  };

  /** Throws if an answer or an event does not have the shape that the library declares. */
  check(): void {
    for (const p of this.problems) appendFileSync('/tmp/strict-problems.log', p + '\n');
  }

  event(body: string): void {
    const event = JSON.parse(body) as {
      readonly api_version: string;
      readonly type: string;
      readonly data: { readonly object: unknown };
    };
    if (event.api_version !== DEFAULT_API_VERSION) return;
    for (const problem of objectProblems(event.data.object))
      this.problems.add(`event ${event.type} ${problem}`);
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    const version = request.headers['stripe-version'] ?? DEFAULT_API_VERSION;
    const [path = ''] = (request.url ?? '').split('?');
    const match = matchRoute(routes, { method: request.method ?? '', path: path.replace(/\/$/, '') });
    if (version !== DEFAULT_API_VERSION || match === undefined) return;
    const { end } = response;
    const route = `${match.route.method} ${match.route.path.replaceAll(/:[^/]+/g, ':')}`;
    response.end = ((...args: unknown[]) => {
      const [body] = args;
      if (response.statusCode === 200 && typeof body === 'string') this.#answer(route, body);
      return Reflect.apply(end, response, args) as ServerResponse;
    }) as typeof response.end;
  }

  #answer(route: string, body: string): void {
    this.answered.add(route);
    for (const problem of answerProblems(route, JSON.parse(body)) ?? [])
      this.problems.add(`${route} ${problem}`);
  }
}
