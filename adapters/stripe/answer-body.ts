/**
 * Checks the body of an answer before the Stripe library reads it. The library assumes a JSON object: `null` makes it throw a
 * TypeError, and a text or a number rejects a promise that no one awaits, which ends the process.
 */
import type { Stripe } from 'stripe';
import { Fault } from '../../core/system/fault.ts';
import { isRecord, type UnknownRecord } from '../../core/system/record.ts';

type Send = ReturnType<typeof Stripe.createNodeHttpClient>['makeRequest'];

export function withReadableAnswers(send: Send): Send {
  return async (...request) => {
    const answer = await send(...request);
    const read = answer.toJSON.bind(answer);
    answer.toJSON = async () => readable(answer.getStatusCode(), await parsed(read));
    return answer;
  };
}

/** Returns `undefined` for what is not JSON, such as the HTML page of a proxy. A body that ends too early stays an error. */
async function parsed(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const anyError = { type: 'api_error', message: 'Stripe does not describe the error.' } as const;

/** The library keeps the `detail` of an error in an answer, so the fault arrives where the call is awaited. */
function readable(status: number, body: unknown): object {
  if (status >= 400) {
    const error = isRecord(body) ? body['error'] : null;
    return { error: isRecord(error) ? withTextsOnly(error) : anyError };
  }
  // The library takes a redirect for a success.
  if (isRecord(body) && status < 300) return body;
  const expected = 'a JSON object';
  const fault = new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'read answer', expected });
  return { error: { ...anyError, detail: fault } };
}

/** The fields by which an error is classified. */
const texts = ['type', 'code', 'param', 'message'];

/** A field of another type counts as absent. */
function withTextsOnly(error: UnknownRecord): UnknownRecord {
  const known = Object.entries(error).filter(
    ([name, value]) => !texts.includes(name) || typeof value === 'string',
  );
  return Object.fromEntries(known);
}
