/** Signs a sample webhook as Stripe would now: a signature kept in a file is too old within minutes. */
import { createHmac } from 'node:crypto';
import { isJsonObject } from '../http/body.ts';

/** A real one has `t=` and `v1=`; whatever a sample file has instead is a placeholder. */
const REAL_SIGNATURE = /^t=\d+,.*v1=[0-9a-f]{64}/;

type JsonObject = Readonly<Record<string, unknown>>;

export function withFreshSignature(event: JsonObject, secrets: string | undefined): JsonObject {
  const headers = isJsonObject(event['headers']) ? event['headers'] : {};
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'stripe-signature');
  if (REAL_SIGNATURE.test(String(given?.[1]))) return event;
  // Several secrets while one is rolled: the first will do.
  const [secret = ''] = (secrets ?? '').split(',');
  if (secret === '' || typeof event['body'] !== 'string') return event;
  const body = Buffer.from(event['body'], event['isBase64Encoded'] === true ? 'base64' : 'utf8');
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret.trim()).update(`${timestamp}.`).update(body).digest('hex');
  const name = given?.[0] ?? 'stripe-signature';
  return { ...event, headers: { ...headers, [name]: `t=${timestamp},v1=${signature}` } };
}
