/** Signs a sample webhook with the current time, because a signature stored in a file expires within minutes. */
import { createHmac } from 'node:crypto';
import { isJsonObject } from '../http/body.ts';

/** The format of a real signature. A sample file has a placeholder in its place. */
const REAL_SIGNATURE = /^t=\d+,.*v1=[0-9a-f]{64}/;

type JsonObject = Readonly<Record<string, unknown>>;

export function withFreshSignature(event: JsonObject, secrets: string | undefined): JsonObject {
  const headers = isJsonObject(event['headers']) ? event['headers'] : {};
  const existing = Object.entries(headers).find(([name]) => name.toLowerCase() === 'stripe-signature');
  if (REAL_SIGNATURE.test(String(existing?.[1]))) return event;
  // The variable lists several secrets while one is being rolled. The webhook accepts each of them.
  const [secret = ''] = (secrets ?? '').split(',');
  if (secret === '' || typeof event['body'] !== 'string') return event;
  const body = Buffer.from(event['body'], event['isBase64Encoded'] === true ? 'base64' : 'utf8');
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret.trim()).update(`${timestamp}.`).update(body).digest('hex');
  const name = existing?.[0] ?? 'stripe-signature';
  return { ...event, headers: { ...headers, [name]: `t=${timestamp},v1=${signature}` } };
}
