/** Reads the body of a request, up to a maximum size. */
import type { IncomingMessage } from 'node:http';
import { invalidParameter, invalidRequest } from './stripe-error.ts';

const MAX_BYTES = 1_000_000;

/** Throws Stripe's error for a body that is no form, such as JSON: its parameters would be ignored. */
export function checkForm(request: IncomingMessage, body: string): void {
  const type = request.headers['content-type'];
  if (
    body === '' ||
    type === undefined ||
    /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/.test(type)
  )
    return;
  const message = type.startsWith('application/json')
    ? 'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.'
    : `Invalid request: unsupported Content-Type ${type}. If error persists and you need assistance, please contact support@stripe.com.`;
  throw invalidParameter({ message });
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw invalidRequest({ message: `The request body is larger than ${MAX_BYTES} bytes.` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
