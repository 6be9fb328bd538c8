/** Answers the control API of the local cloud, which the console and scripts use. See `contract.ts`. */
import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer, parseJsonObject, readBody } from '../http/body.ts';
import { SystemCallError } from './clients.ts';
import { CONTROL_PREFIX, type ControlProblem } from './contract.ts';
import { ControlRefusal, type ControlRoute, FileAnswer, matchRoute } from './routes.ts';

/** A snapshot that is imported is the largest body. */
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;

export async function answerControl(
  routes: readonly ControlRoute[],
  request: IncomingMessage,
  url: URL,
): Promise<Answer> {
  try {
    const { method = 'GET' } = request;
    const { route, params } = matchRoute(routes, method, url.pathname.slice(CONTROL_PREFIX.length));
    const bytes = method === 'GET' ? Buffer.alloc(0) : await bytesOf(request);
    const body = route.takesBytes === true ? {} : bodyOf(bytes);
    const result = await route.run({ params, query: url.searchParams, body, bytes });
    return result instanceof FileAnswer ? fileAnswer(result) : noStore(jsonAnswer(200, result ?? {}));
  } catch (error) {
    if (error instanceof ControlRefusal) return problem(error.status, error.message);
    if (error instanceof SystemCallError) {
      if (error.isInvalidInput)
        return problem(400, `The request names a value that no system takes. ${error.message}`);
      return problem(502, `A system of the cloud refused a read of the console. ${error.message}`);
    }
    return problem(500, error instanceof Error ? error.message : String(error));
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (body === 'too-large') throw new ControlRefusal(413, 'The body is larger than 256 MiB.');
  return body;
}

function bodyOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  if (bytes.byteLength === 0) return {};
  const json = parseJsonObject(bytes);
  if (json !== undefined) return json;
  throw new ControlRefusal(400, 'The body is not a JSON object.');
}

function problem(status: number, message: string): Answer {
  return noStore(jsonAnswer(status, { message } satisfies ControlProblem));
}

function noStore(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
}

function fileAnswer({ fileName, contentType, body }: FileAnswer): Answer {
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
      'cache-control': 'no-store',
    },
    body,
  };
}
