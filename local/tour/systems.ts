/** The clients of a running local cloud, as an app and its maker would hold them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Stripe } from 'stripe';
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { Environment } from '../cloud/environment.ts';
import { expectThat, TourFailure } from './report.ts';

export interface Systems {
  readonly cognito: CognitoIdentityProviderClient;
  readonly stripe: Stripe;
  readonly stripeUrl: string;
  readonly poolId: string;
  readonly clientId: string;
  profile(sub: string): Promise<Record<string, unknown> | undefined>;
  entitlement(sub: string): Promise<Record<string, unknown> | undefined>;
  /** `GET /me/entitlements` with this token. */
  entitlements(token: string): Promise<EntitlementsResponse>;
  /** `POST` of a route under `/me`, with this token; anything but 200 is a failure. */
  post(route: string, token: string, body: object): Promise<Answered>;
  /** The same where another status is due. */
  refused(route: string, token: string, body: object): Promise<Answered>;
  /** A row as another writer left it. */
  writeEntitlement(item: Readonly<Record<string, unknown>>): Promise<void>;
  /** The function, as the schedule calls it. */
  reconcile(order?: ReconcileOrder): Promise<ReconcileReport>;
  deleteAccount(token: string): Promise<number>;
  close(): void;
}

type Answered = Readonly<Record<string, unknown>>;

export interface ReconcileOrder {
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
    expectThat(value !== undefined, `The environment of the local cloud lacks ${name}.`);
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
    close: () => {
      database.destroy();
      cognito.destroy();
    },
  };
}

/** What an app calls, and the function that the schedule calls. */
function apiAt(
  api: string,
): Pick<Systems, 'entitlements' | 'post' | 'refused' | 'reconcile' | 'deleteAccount'> {
  const ask = async (route: string, token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${api}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, answer: (await response.json()) as Answered };
  };
  return {
    entitlements: async (token) => {
      const response = await fetch(`${api}/me/entitlements`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expectThat(response.status === 200, `GET /me/entitlements answered ${response.status}.`);
      return (await response.json()) as EntitlementsResponse;
    },
    post: async (route, token, body) => {
      const { status, answer } = await ask(route, token, body);
      expectThat(status === 200, `POST ${route} answered ${status}.`);
      return answer;
    },
    refused: async (route, token, body) => {
      const { status, answer } = await ask(route, token, body);
      expectThat(status !== 200, `POST ${route} was not refused.`);
      return { ...answer, status };
    },
    reconcile: async (order = {}) => {
      const url = `${api}/2015-03-31/functions/reconcile/invocations`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(order) });
      expectThat(response.ok && !response.headers.has('x-amz-function-error'), 'The reconcile failed.');
      return ((await response.json()) as { report: ReconcileReport }).report;
    },
    deleteAccount: async (token) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${api}/me/account`, { method: 'DELETE', headers })).status;
    },
  };
}

/** What Stripe does meanwhile it tells nobody, now or later: every endpoint is switched off. */
export async function withoutWebhooks<T>({ stripe }: Systems, work: () => Promise<T>): Promise<T> {
  const { data } = await stripe.webhookEndpoints.list();
  const enabled = data.filter(({ status }) => status === 'enabled').map(({ id }) => id);
  for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: true });
  try {
    return await work();
  } finally {
    // Also when the tour ends here: the local cloud is to go on as it was.
    for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: false });
  }
}

const WAIT_MS = 15_000;
const ASK_EVERY_MS = 50;

/** Asks until the answer is as hoped: webhooks arrive in their own time. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  hoped: (answer: T) => boolean,
): Promise<T> {
  const endMs = Date.now() + WAIT_MS;
  for (let answer = await ask(); ; answer = await ask()) {
    if (hoped(answer)) return answer;
    if (Date.now() > endMs) throw new TourFailure(`Waited ${WAIT_MS / 1000} s in vain: ${what}.`);
    await sleep(ASK_EVERY_MS);
  }
}
