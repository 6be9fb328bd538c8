/** Makes a sample webhook genuine: a file can hold neither a signature, which expires within minutes, nor a secret. */
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

/** Gives a webhook of RevenueCat the shared header. The sample file has a placeholder in its place. */
export function withSharedHeader(event: JsonObject, secrets: string | undefined): JsonObject {
  const headers = isJsonObject(event['headers']) ? event['headers'] : {};
  const [secret = ''] = (secrets ?? '').split(',');
  const name = Object.keys(headers).find((one) => one.toLowerCase() === 'authorization') ?? 'authorization';
  if (secret === '' || headers[name] !== PLACEHOLDER) return event;
  return { ...event, headers: { ...headers, [name]: secret.trim() } };
}

const PLACEHOLDER = 'set-by-npm-run-invoke';
