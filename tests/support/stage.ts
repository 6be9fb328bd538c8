/**
 * A stage runs the built functions against its own tables in the shared DynamoDB, its own Stripe simulator and the shared
 * Cognito, with a wire in front of each that records calls and can make them fail.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Stripe } from 'stripe';
import { type FunctionName, functionSpecs } from '../../contract/functions.ts';
import { userPoolId } from '../../local/cognito/pool.ts';
import { tablesAt } from '../../local/dynamodb/tables.ts';
import { startLambda } from '../../local/lambda/runtime.ts';
import { type StripeSimulator, startStripeSimulator } from '../../stripe-simulator/index.ts';
import { cognitoOfThisProcess } from './embedded-cognito.ts';
import { dynamoDbOfThisProcess } from './embedded-dynamodb.ts';
import { fetchFrom, requestHandlerFor } from './in-process.ts';
import { violationsOfFunction } from './openapi.ts';
import { type AwsCall, awsCallsIn, isPermitted } from './permissions.ts';
import { type Call, openWire, type Wire } from './wire.ts';

export const WEBHOOK_SECRET = 'whsec_test_current';
export const API_KEY = 'sk_test_local_tests';

export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

export type Item = Record<string, unknown>;

export interface Stage {
  readonly env: Readonly<Record<string, string>>;
  readonly stripe: Stripe;
  readonly stripeUrl: string;
  readonly cognito: CognitoIdentityProviderClient;
  readonly poolId: string;
  readonly wires: { readonly dynamodb: Wire; readonly stripe: Wire; readonly cognito: Wire };
  /** Every log line since the start, parsed. */
  readonly logs: readonly Item[];
  /** Returns what the handler returns. Throws if the invocation fails. */
  invoke(name: FunctionName, event: unknown): Promise<unknown>;
  /** Invokes an HTTP function, checks its answer against the OpenAPI document, and returns it with the JSON body parsed. */
  call(name: FunctionName, event: unknown): Promise<ApiAnswer>;
  profile(userId: string): Promise<Item | undefined>;
  entitlement(sub: string): Promise<Item | undefined>;
  putProfile(item: Item): Promise<void>;
  putEntitlement(item: Item): Promise<void>;
  /** Returns the number of items in both tables. */
  itemCount(): Promise<number>;
  /** Removes the fault rules of all wires and clears their recorded calls. */
  calm(): void;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The simulator's clock, in Unix milliseconds. */
  readonly now?: () => number;
  /** Seconds until the simulator's search finds a new record. */
  readonly searchLagSeconds?: number;
  readonly functionsDirectory?: string;
  /** The number of concurrent invocations per function. */
  readonly concurrency?: number;
  /** Default: the Cognito that the files of this process share. */
  readonly cognito?: RequestListener;
}

export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const userPools = options.cognito ?? (await cognitoOfThisProcess()).listener;
  const suffix = randomUUID().slice(0, 8);
  const tables = { users: `Users-${suffix}`, entitlements: `Entitlements-${suffix}` };
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-stage-'));
  const simulator = await startStripeSimulator({
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.searchLagSeconds === undefined ? {} : { searchLagSeconds: options.searchLagSeconds }),
  });
  const refused: AwsCall[] = [];
  let env: Readonly<Record<string, string>> = {};
  const permitting = (service: string) => ({
    permits: (call: Call) => {
      const denied = awsCallsIn(service, call, env).filter((one) => !isPermitted(one));
      refused.push(...denied);
      return denied.length === 0;
    },
  });
  const [dynamodb, stripeWire, cognito] = await Promise.all([
    openWire(dynamoDbOfThisProcess(), permitting('dynamodb')),
    openWire(simulator.listener),
    openWire(userPools, permitting('cognito-idp')),
  ]);
  const dynamoDb = {
    endpoint: 'http://in-process',
    requestHandler: requestHandlerFor(dynamoDbOfThisProcess()),
  };
  const made = tablesAt(dynamoDb, tables);
  await made.createMissing();
  env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.url,
    USERS_TABLE: tables.users,
    ENTITLEMENTS_TABLE: tables.entitlements,
    COGNITO_USER_POOL_ID: userPoolId,
    STRIPE_API_KEY: API_KEY,
    STRIPE_API_BASE: stripeWire.url,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    TRIAL_DAYS: '7',
    TRIAL_HASH_KEY: 'a-hash-key-for-tests-of-more-than-thirty-two-characters',
    CHECKOUT_PRICES: 'pro_monthly,pro_yearly',
    CHECKOUT_SUCCESS_URL: 'https://app.example.com/welcome?session_id={CHECKOUT_SESSION_ID}',
    CHECKOUT_CANCEL_URL: 'https://app.example.com/pricing',
    PORTAL_RETURN_URL: 'https://app.example.com/account',
    ALLOWED_ORIGINS: 'https://app.example.com,http://localhost:*',
    ...options.env,
  };
  const logs: Item[] = [];
  const lambda = await startLambda({
    functionsDirectory: options.functionsDirectory ?? path.resolve('dist/functions'),
    functions: functionSpecs,
    env,
    logsDirectory: directory,
    onLog: ({ line }) => logs.push(parsed(line)),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  const invoke: Stage['invoke'] = async (name, event) => {
    const result = await lambda.invoke(name, event);
    if (result.ok) return result.payload;
    throw new Error(`${result.errorType}: ${result.errorMessage}`);
  };
  const wires = { dynamodb, stripe: stripeWire, cognito };
  const aws = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const database = new DynamoDBClient({ ...aws, ...dynamoDb });
  const pool = new CognitoIdentityProviderClient({
    ...aws,
    endpoint: 'http://in-process',
    requestHandler: requestHandlerFor(userPools),
  });
  return {
    env,
    stripe: stripeOf(simulator),
    stripeUrl: simulator.url,
    cognito: pool,
    poolId: userPoolId,
    wires,
    logs,
    invoke,
    call: async (name, event) => {
      const answer = answerOf(await invoke(name, event));
      const violations = violationsOfFunction(name, event, answer);
      if (violations.length > 0) throw new Error(`Not in contract/openapi.json: ${violations.join(' ')}`);
      return answer;
    },
    ...itemsOf(DynamoDBDocumentClient.from(database), tables),
    calm: () => {
      for (const wire of Object.values(wires)) {
        wire.stopFailing();
        wire.clear();
      }
    },
    close: async () => {
      await lambda.close();
      database.destroy();
      pool.destroy();
      await Promise.all([
        made.close(),
        simulator.close(),
        ...Object.values(wires).map((wire) => wire.close()),
      ]);
      await rm(directory, { recursive: true, force: true });
      // A function may tolerate a failed call, but no test may hide a missing permission.
      if (refused.length > 0) throw new Error(`Not permitted: ${JSON.stringify(refused)}`);
    },
  };
}

/** Creates a client of the simulator that does not go through the wire. */
function stripeOf({ listener }: StripeSimulator): Stripe {
  const httpClient = Stripe.createFetchHttpClient(fetchFrom(listener));
  return new Stripe(API_KEY, { httpClient, telemetry: false, maxNetworkRetries: 0 });
}

function itemsOf(
  client: DynamoDBDocumentClient,
  tables: { readonly users: string; readonly entitlements: string },
): Pick<Stage, 'profile' | 'entitlement' | 'putProfile' | 'putEntitlement' | 'itemCount'> {
  const read = async (TableName: string, Key: Item) => {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item;
  };
  const put = async (TableName: string, Item: Item) => {
    await client.send(new PutCommand({ TableName, Item }));
  };
  const count = async (TableName: string) => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
    // The installation's own items belong to no user.
    return Items.filter((item) => !String(item['cognito_sub']).startsWith('installation#')).length;
  };
  return {
    profile: (userId) => read(tables.users, { userId }),
    entitlement: (sub) => read(tables.entitlements, { cognito_sub: sub }),
    putProfile: (item) => put(tables.users, item),
    putEntitlement: (item) => put(tables.entitlements, item),
    itemCount: async () => (await count(tables.users)) + (await count(tables.entitlements)),
  };
}

function answerOf(payload: unknown): ApiAnswer {
  const { statusCode, headers, body } = payload as {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  };
  return { statusCode, headers, body: body === '' ? {} : JSON.parse(body) };
}

function parsed(line: string): Item {
  try {
    return JSON.parse(line);
  } catch {
    return { unparsed: line };
  }
}
