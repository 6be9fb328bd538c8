/** Calls the control API of the local cloud, and the account API through its client. */
import { type Client, createClient } from '../../client/core/index.ts';
import { CONTROL_PREFIX, type ControlProblem } from '../control/contract.ts';

/** An answer that says no. Its message is written for the person at the console. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface ControlCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** `path` is relative to the control API, such as `/users`. Throws a `ControlError`, also if nothing answers. */
export async function control<T>(
  path: string,
  { method = 'GET', body, signal }: ControlCall = {},
): Promise<T> {
  const response = await fetch(`${CONTROL_PREFIX}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw new ControlError(0, 'The local cloud does not answer. Start it again with npm start.', { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ControlError(response.status, messageOf(answer, response.status));
  return answer as T;
}

function messageOf(answer: unknown, status: number): string {
  const message = (answer as Partial<ControlProblem> | undefined)?.message;
  return typeof message === 'string' ? message : `The local cloud answered ${status} without a message.`;
}

/** The client of the account API for one user, as an app would make it. */
export function accountOf(getToken: () => Promise<string>): Client {
  return createClient({ baseUrl: location.origin, getToken, cacheSeconds: 0 });
}
