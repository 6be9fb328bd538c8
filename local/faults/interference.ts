/** Lets faults interfere with the requests of one server, before it works and before its answer leaves. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../control/contract.ts';
import { type Answer, sendAnswer } from '../http/body.ts';
import type { TappedRequest } from '../recording/tapped.ts';
import type { Faults } from './faults.ts';

export interface Interference {
  /** Returns what happens instead of the usual work, or undefined. */
  before(request: TappedRequest): Interfering | undefined;
  /** Returns what the answer waits for, where a function that called meets a fault. */
  holding(parent: number | null, request: TappedRequest): (() => Promise<void>) | undefined;
}

export interface Interfering {
  interfere(request: IncomingMessage, response: ServerResponse, run: () => void): void;
}

export interface FaultyServer {
  readonly system: Fault['system'];
  /** What `match` is compared with, such as `UpdateItem`. Undefined: the request meets no fault. */
  readonly subjectOf: (request: TappedRequest) => string | undefined;
  /** What the real system answers: for `fail`, and for `throttle` and `rate_limit`. */
  readonly failure: () => Answer;
  readonly refusal: () => Answer;
}

/** The functions that call. */
export interface Callers {
  /** The name of the function that runs under the span. */
  nameOf(span: number): string | undefined;
  /** Ends the process that runs it, as a crash does. */
  kill(span: number): void;
}

export function interferenceOf(server: FaultyServer, faults: Faults, callers: Callers): Interference {
  return {
    before(request) {
      const subject = server.subjectOf(request);
      const fault = subject === undefined ? undefined : faults.meet(server.system, subject);
      return fault === undefined ? undefined : { interfere: interfererOf(fault, server) };
    },
    holding(parent, request) {
      const name = parent === null ? undefined : callers.nameOf(parent);
      if (parent === null || name === undefined) return undefined;
      return async () => {
        const fault = faults.meet('functions', `${name} ${server.subjectOf(request) ?? ''}`);
        if (fault?.fault === 'freeze') await waitMs(fault.ms);
        if (fault?.fault !== 'kill') return;
        callers.kill(parent);
        await NEVER;
      };
    },
  };
}

/** The answer of a killed function's call goes nowhere. */
const NEVER = new Promise<void>(() => undefined);

function interfererOf({ fault, ms }: Fault, server: FaultyServer): Interfering['interfere'] {
  switch (fault) {
    case 'hang':
      return (request) => {
        request.resume();
      };
    case 'slow':
      return (_request, _response, run) => {
        void waitMs(ms).then(run);
      };
    case 'lose_answer':
      return (_request, response, run) => {
        response.end = () => response.destroy();
        run();
      };
    default:
      return (request, response) => {
        request.resume();
        sendAnswer(response, fault === 'fail' ? server.failure() : server.refusal());
      };
  }
}

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
