/** The doors of the systems that anyone could use: what goes through them is work like any other, and is recorded. */
import { isJsonObject } from '../../http/body.ts';
import { parentHeaders } from '../../recording/context.ts';
import { type AmzTarget, amzHeaders } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';

export interface DoorAddresses {
  readonly api: string;
  readonly cognito: string;
  readonly dynamodb: string;
  readonly stripe: string;
  readonly revenuecat: string;
  readonly stripeApiKey: string;
}

export interface Doors {
  cognito(operation: string, input: JsonRecord): Promise<JsonRecord>;
  dynamodb(operation: string, input: JsonRecord): Promise<JsonRecord>;
  /** `form` as Stripe's API takes it, such as `items[0][price]`. */
  stripe(
    call: `${'POST' | 'DELETE' | 'GET'} ${string}`,
    form?: Readonly<Record<string, string>>,
  ): Promise<JsonRecord>;
  /** What only a store or the passing of time does: the routes of the simulators. */
  simulator(system: 'stripe' | 'revenuecat', path: string, body?: JsonRecord): Promise<JsonRecord>;
  api(call: `${'POST' | 'DELETE' | 'GET'} ${string}`, token: string): Promise<JsonRecord>;
}

const TIMEOUT_MS = 30_000;
export function doorsAt(urls: DoorAddresses): Doors {
  const amz =
    (url: string, service: string, version: AmzTarget['version']) => (operation: string, input: JsonRecord) =>
      send(`${operation} of ${service}`, url, {
        method: 'POST',
        body: JSON.stringify(input),
        headers: amzHeaders({ target: `${service}.${operation}`, version }),
      });
  return {
    cognito: amz(urls.cognito, 'AWSCognitoIdentityProviderService', '1.1'),
    dynamodb: amz(urls.dynamodb, 'DynamoDB_20120810', '1.0'),
    stripe: (call, form) => {
      const [method = 'GET', path = ''] = call.split(' ');
      return send(call, `${urls.stripe}${path}`, {
        method,
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
        headers: { authorization: `Bearer ${urls.stripeApiKey}` },
      });
    },
    simulator: (system, path, body = {}) =>
      send(path, `${urls[system]}/_simulator/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {},
      }),
    api: (call, token) => {
      const [method = 'GET', path = ''] = call.split(' ');
      return send(call, `${urls.api}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    },
  };
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
}

async function send(what: string, url: string, request: Sent): Promise<JsonRecord> {
  const response = await fetch(url, {
    ...request,
    headers: { ...request.headers, ...parentHeaders() },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer: unknown = await response.json().catch(() => ({}));
  const output = isJsonObject(answer) ? answer : {};
  if (response.ok) return output;
  const error = isJsonObject(output['error']) ? output['error'] : output;
  const { message } = error;
  throw new Error(
    `${what} answered ${response.status}: ${typeof message === 'string' ? message : 'no message'}`,
  );
}
