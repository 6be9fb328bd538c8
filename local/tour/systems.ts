/** Clients for a running local cloud, as an app and its developer use them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Stripe } from 'stripe';
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { Environment } from '../cloud/environment.ts';
import type { Tokens } from '../cognito/tokens.ts';
import { expectThat, TourFailure } from './report.ts';

export interface Systems {
  readonly cognito: CognitoIdentityProviderClient;
  readonly stripe: Stripe;
  readonly stripeUrl: string;
  readonly poolId: string;
  readonly clientId: string;
  profile(sub: string): Promise<Record<string, unknown> | undefined>;
  /** Signs in with a password. Throws a `TourFailure` if Cognito refuses it. */
  signIn(email: string, password: string): Promise<Tokens>;
  entitlement(sub: string): Promise<Record<string, unknown> | undefined>;
  /** `GET /me/entitlements` with this token. */
  entitlements(token: string): Promise<EntitlementsResponse>;
  /** Sends a `GET` to a route with this token. Throws a `TourFailure` unless the status is 200. */
  get(route: string, token: string): Promise<ResponseFields>;
  /** Sends a `POST` to a route under `/me` with this token. Throws a `TourFailure` unless the status is 200. */
  post(route: string, token: string, body: object): Promise<ResponseFields>;
  /** Sends the same request where it must fail, and returns the body with the status. Throws on 200. */
  postRejected(route: string, token: string, body: object): Promise<ResponseFields>;
  /** Writes an entitlement row as another system could have left it. */
  writeEntitlement(item: Readonly<Record<string, unknown>>): Promise<void>;
  /** Runs the reconcile function, as the schedule does. */
  reconcile(input?: ReconcileInput): Promise<ReconcileReport>;
  /** Sends `DELETE /me/account` with this token. */
  deleteAccount(token: string): Promise<{ readonly status: number; readonly body: ResponseFields }>;
  readonly store: {
    /** Buys a product on the iPhone of the user. */
    purchase(sub: string, product: string): Promise<{ readonly id: string }>;
    /** Whether RevenueCat has a customer with this id. */
    knows(sub: string): Promise<boolean>;
  };
  close(): void;
}

type ResponseFields = Readonly<Record<string, unknown>>;

export interface ReconcileInput {
  readonly checks?: readonly string[];
  readonly dryRun?: boolean;
}

export interface ReconcileReport {
  readonly checked: number;
  readonly found: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

export function systemsAt(environment: Environment): Systems {
  const read = (name: string): string => {
    const value = environment[name];
    expectThat(
      value !== undefined,
      `The environment of the local cloud has no ${name}. Restart the local cloud with npm start.`,
    );
    return value;
  };
  const aws = { region: read('AWS_REGION'), credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const database = new DynamoDBClient({ ...aws, endpoint: read('AWS_ENDPOINT_URL_DYNAMODB') });
  const cognito = new CognitoIdentityProviderClient({
    ...aws,
    endpoint: read('AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'),
  });
  const { hostname: host, port } = new URL(read('STRIPE_API_BASE'));
  const items = DynamoDBDocumentClient.from(database);
  const item = async (TableName: string, Key: Record<string, string>) => {
    const { Item } = await items.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item;
  };
  return {
    cognito,
    stripe: new Stripe(read('STRIPE_API_KEY'), { host, port, protocol: 'http', telemetry: false }),
    stripeUrl: read('STRIPE_API_BASE'),
    poolId: read('COGNITO_USER_POOL_ID'),
    clientId: read('COGNITO_CLIENT_ID'),
    profile: (userId) => item(read('USERS_TABLE'), { userId }),
    entitlement: (sub) => item(read('ENTITLEMENTS_TABLE'), { cognito_sub: sub }),
    writeEntitlement: async (Item) => {
      await items.send(new PutCommand({ TableName: read('ENTITLEMENTS_TABLE'), Item }));
    },
    ...apiAt(read('LOCAL_API_URL')),
    store: storeAt({
      url: read('REVENUECAT_API_BASE'),
      project: read('REVENUECAT_PROJECT_ID'),
      key: read('REVENUECAT_API_KEY'),
    }),
    close: () => {
      database.destroy();
      cognito.destroy();
    },
  };
}

/** Returns the calls that an app makes, and the reconcile function that the schedule invokes. */
function apiAt(
  api: string,
): Pick<
  Systems,
  'signIn' | 'entitlements' | 'get' | 'post' | 'postRejected' | 'reconcile' | 'deleteAccount'
> {
  const send = async (route: string, token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${api}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, answer: (await response.json()) as ResponseFields };
  };
  const get = async (route: string, token: string) => {
    const response = await fetch(`${api}${route}`, { headers: { authorization: `Bearer ${token}` } });
    expectThat(response.status === 200, `GET ${route} answered ${response.status}.`);
    return (await response.json()) as ResponseFields;
  };
  return {
    signIn: async (email, password) => {
      const body = JSON.stringify({ email, password });
      const response = await fetch(`${api}/_local/sign-in`, { method: 'POST', body });
      expectThat(response.status === 200, `The sign-in answered ${response.status}.`);
      return (await response.json()) as Tokens;
    },
    entitlements: async (token) => (await get('/me/entitlements', token)) as unknown as EntitlementsResponse,
    get,
    post: async (route, token, body) => {
      const { status, answer } = await send(route, token, body);
      expectThat(status === 200, `POST ${route} answered ${status}.`);
      return answer;
    },
    postRejected: async (route, token, body) => {
      const { status, answer } = await send(route, token, body);
      expectThat(status !== 200, `POST ${route} answered 200, but it should have failed.`);
      return { ...answer, status };
    },
    reconcile: async (input = {}) => {
      const url = `${api}/2015-03-31/functions/reconcile/invocations`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(input) });
      expectThat(
        response.ok && !response.headers.has('x-amz-function-error'),
        'The reconcile function failed. Its log is in logs/reconcile.log in the data directory.',
      );
      return ((await response.json()) as { report: ReconcileReport }).report;
    },
    deleteAccount: async (token) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${api}/me/account`, { method: 'DELETE', headers });
      return { status: response.status, body: (await response.json()) as ResponseFields };
    },
  };
}

function storeAt(access: {
  readonly url: string;
  readonly project: string;
  readonly key: string;
}): Systems['store'] {
  const { url, project, key } = access;
  return {
    purchase: async (sub, product) => {
      const response = await fetch(`${url}/_simulator/customers/${sub}/purchase`, {
        method: 'POST',
        body: JSON.stringify({ product }),
      });
      expectThat(response.ok, `The simulator answered ${response.status} to a purchase.`);
      return (await response.json()) as { id: string };
    },
    knows: async (sub) => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${url}/v2/projects/${project}/customers/${sub}`, { headers })).ok;
    },
  };
}

/** Disables every webhook endpoint during the work. Stripe never delivers the events of that time, not even later. */
export async function withoutWebhooks<T>({ stripe }: Systems, work: () => Promise<T>): Promise<T> {
  const { data } = await stripe.webhookEndpoints.list();
  const enabled = data.filter(({ status }) => status === 'enabled').map(({ id }) => id);
  for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: true });
  try {
    return await work();
  } finally {
    // A failed step must not leave the endpoints disabled.
    for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: false });
  }
}

const WAIT_MS = 15_000;
const POLL_INTERVAL_MS = 50;

/**
 * Polls until the value is as expected, because webhooks arrive asynchronously. Returns the value, or throws a
 * `TourFailure` after 15 seconds.
 */
export async function waitUntil<T>(
  expectation: string,
  read: () => Promise<T>,
  isExpected: (value: T) => boolean,
): Promise<T> {
  const endMs = Date.now() + WAIT_MS;
  for (let value = await read(); ; value = await read()) {
    if (isExpected(value)) return value;
    if (Date.now() > endMs)
      throw new TourFailure(`This did not happen within ${WAIT_MS / 1000} s: ${expectation}.`);
    await sleep(POLL_INTERVAL_MS);
  }
}
