/** Records what an API answers to `fetch`, and checks it against the OpenAPI document. */
import { violationsOf } from './openapi.ts';

export interface RecordedAnswers {
  /** Every answer that the document does not describe, in sentences. */
  violations(): Promise<readonly string[]>;
  /** The routes that were called, with the statuses of their answers. */
  calls(): ReadonlySet<string>;
  /** Restores the global `fetch`. */
  stop(): void;
}

/** What the local cloud has in addition to the API: Lambda's Invoke API, and its own routes. */
const ownPaths = ['/2015-03-31/', '/_local/'];

export function recordAnswers(api: string): RecordedAnswers {
  const original = globalThis.fetch;
  const checks: Promise<readonly string[]>[] = [];
  const calls = new Set<string>();
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    const request = new Request(input, init);
    const { pathname, origin } = new URL(request.url);
    const isOfApi = origin === new URL(api).origin && !ownPaths.some((own) => pathname.startsWith(own));
    if (isOfApi) {
      calls.add(`${request.method} ${pathname} ${response.status}`);
      checks.push(check({ method: request.method, path: pathname }, response.clone()));
    }
    return response;
  };
  return {
    violations: async () => (await Promise.all(checks)).flat(),
    calls: () => calls,
    stop: () => {
      globalThis.fetch = original;
    },
  };
}

async function check(
  request: { readonly method: string; readonly path: string },
  response: Response,
): Promise<readonly string[]> {
  const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';');
  return violationsOf({ ...request, status: response.status, contentType, body: await response.json() });
}
