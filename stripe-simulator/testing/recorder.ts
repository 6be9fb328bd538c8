/** Records what the simulator answers, and what is wrong with it by the types of the official library. */
import { appendFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SimulatorObserver } from '../options.ts';
import { matchRoute } from '../protocol/route.ts';
import { DEFAULT_API_VERSION } from '../world/world.ts';
import { allRoutes } from './all-routes.ts';
import { answerProblems, objectProblems } from './answer-check.ts';

/** Products whose objects are kept as they are sent, without the fields that Stripe adds. */
const KEPT_AS_SENT = /^\/v1\/(accounts|identity|issuing|reporting|topups|transfers)\b/;

const EVENTS_KEPT_AS_SENT = /^(account|identity|issuing\w*|reporting|topup|transfer)\./;

interface SentEvent {
  readonly api_version: string;
  readonly type: string;
  readonly data: { readonly object: { readonly object: string } };
}

/** A delivery that the simulator broke off leaves a part of its event. */
function eventIn(body: string): SentEvent | undefined {
  try {
    return JSON.parse(body) as SentEvent;
  } catch {
    return undefined;
  }
}

export class Recorder {
  /** Each problem once, with the route or the event that has it. */
  readonly problems = new Set<string>();
  readonly #routes = new Map<string, { readonly parameters: Set<string>; readonly fields: Set<string> }>();

  /** Wraps the listener of a simulator, so that each of its answers is checked. */
  readonly observer: SimulatorObserver = {
    wrap: (listener) => (request, response) => {
      this.#watch(request as IncomingMessage, response as ServerResponse);
      listener(request, response);
    },
    event: () => undefined,
    delivery: () => ({ headers: {}, done: () => undefined }),
    parameters: (route, names) => {
      for (const name of names) this.#routeOf(route).parameters.add(name);
    },
  };

  /** Throws if an answer or an event does not have the shape that the library declares. */
  check(): void {
    this.#save();
    if (this.problems.size === 0) return;
    const list = [...this.problems].join('\n');
    throw new Error(`The simulator answered what the types of the stripe package do not allow:\n${list}`);
  }

  /** Adds what was seen to the file that `npm run conformance` reads, one line for each route. */
  #save(): void {
    const file = process.env['STRIPE_CONFORMANCE_FILE'];
    if (file === undefined) return;
    for (const [route, { parameters, fields }] of this.#routes) {
      appendFileSync(
        file,
        `${JSON.stringify({ route, parameters: [...parameters], fields: [...fields] })}\n`,
      );
    }
  }

  #routeOf(route: string) {
    const found = this.#routes.get(route) ?? { parameters: new Set<string>(), fields: new Set<string>() };
    this.#routes.set(route, found);
    return found;
  }

  event(body: string): void {
    const event = eventIn(body);
    if (event?.api_version !== DEFAULT_API_VERSION || EVENTS_KEPT_AS_SENT.test(event.type)) return;
    for (const problem of objectProblems(event.data.object)) {
      // The library says so only in a comment: this invoice does not exist yet.
      if (event.type === 'invoice.upcoming' && problem === 'invoice.id: missing') continue;
      this.problems.add(`event ${event.type} ${problem}`);
    }
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    const version = request.headers['stripe-version'] ?? DEFAULT_API_VERSION;
    const [path = ''] = (request.url ?? '').split('?');
    const match = matchRoute(allRoutes, { method: request.method ?? '', path: path.replace(/\/$/, '') });
    // A publishable key sees less of an object than its type has.
    const isPublishable = /\bpk_/.test(request.headers.authorization ?? '');
    if (match === undefined || version !== DEFAULT_API_VERSION || isPublishable) return;
    const isTyped = !KEPT_AS_SENT.test(path);
    const end = response.end.bind(response);
    const route = `${match.route.method} ${match.route.path.replaceAll(/:[^/]+/g, ':')}`;
    response.end = ((...args: unknown[]) => {
      const [body] = args;
      if (response.statusCode === 200 && typeof body === 'string') this.#answer(route, body, isTyped);
      return Reflect.apply(end, undefined, args) as ServerResponse;
    }) as typeof response.end;
  }

  #answer(route: string, body: string, isTyped: boolean): void {
    const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
    const problems = isTyped ? answerProblems(route, answer) : [];
    for (const problem of problems ?? []) this.problems.add(`${route} ${problem}`);
    const { fields } = this.#routeOf(route);
    for (const object of Array.isArray(answer['data']) ? (answer['data'] as object[]) : [answer]) {
      for (const name of Object.keys(object)) fields.add(name);
    }
  }
}
