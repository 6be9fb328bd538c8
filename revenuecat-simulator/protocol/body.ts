/** Reads the body of a request, up to a maximum size. */
import type { IncomingMessage } from 'node:http';
import { RevenueCatError } from './errors.ts';

const MAX_BYTES = 1_000_000;

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new RevenueCatError(400, `The request body is larger than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
