/** The systems that the functions are recorded against: the emulators of the local cloud, behind a recorder. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Stripe } from 'stripe';
import { type LocalCognito, openCognito } from '../local/cognito/open.ts';
import { userPoolId } from '../local/cognito/pool.ts';
import { openDynamoDb } from '../local/dynamodb/open.ts';
import { tablesAt } from '../local/dynamodb/tables.ts';
import { ownPagesOnly } from '../local/http/guard.ts';
import { LOOPBACK } from '../local/http/listen.ts';
import { type RevenueCatSimulator, startRevenueCatSimulator } from '../revenuecat-simulator/index.ts';
import { type StripeSimulator, startStripeSimulator } from '../stripe-simulator/index.ts';
import { API_KEY, type Environment, environmentOf, STORE_KEY, tables } from './environment.ts';
import { openRecorder, type Recorder } from './recorder.ts';

export interface World {
  readonly env: Environment;
  readonly projectId: string;
  readonly recorder: Recorder;
  readonly stripe: Stripe;
  readonly revenuecat: RevenueCatSimulator;
  put(table: keyof typeof tables, item: object): Promise<void>;
  /** Creates a user in the pool, and returns the `sub`. */
  createUser(): Promise<string>;
  close(): Promise<void>;
}

const aws = { region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
const anyPort = (service: string) => ({ service, port: 0, flag: '' });

export async function openWorld(): Promise<World> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-bench-'));
  const [dynamodb, simulator, revenuecat] = await Promise.all([
    openDynamoDb({
      port: anyPort('DynamoDB'),
      directory: path.join(directory, 'dynamodb'),
      access: ownPagesOnly([]),
    }),
    startStripeSimulator(),
    startRevenueCatSimulator({ apiKeys: [STORE_KEY] }),
  ]);
  const cognito = cognitoIn(path.join(directory, 'cognito'));
  const recorder = await openRecorder({
    dynamodb: async () => dynamodb.url,
    cognito: async () => (await cognito.open()).url,
    stripe: async () => simulator.url,
    revenuecat: async () => revenuecat.url,
  });
  const made = tablesAt({ endpoint: dynamodb.url }, tables);
  await made.createMissing();
  const database = new DynamoDBClient({ ...aws, endpoint: dynamodb.url });
  const documents = DynamoDBDocumentClient.from(database);
  return {
    env: environmentOf(recorder.urls, revenuecat.projectId),
    projectId: revenuecat.projectId,
    recorder,
    stripe: clientOf(simulator),
    revenuecat,
    put: async (table, Item) => {
      await documents.send(new PutCommand({ TableName: tables[table], Item: { ...Item } }));
    },
    createUser: async () => createUser((await cognito.open()).url),
    close: async () => {
      database.destroy();
      await made.close();
      await recorder.close();
      await Promise.all([dynamodb.close(), simulator.close(), revenuecat.close(), cognito.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function clientOf({ host, port }: StripeSimulator): Stripe {
  return new Stripe(API_KEY, { host, port, protocol: 'http', telemetry: false });
}

/** Few recordings need it, and it starts slowly. */
function cognitoIn(directory: string) {
  let opened: Promise<LocalCognito> | undefined;
  return {
    open: () => {
      opened ??= openCognito({
        port: anyPort('Cognito'),
        directory,
        access: ownPagesOnly([]),
        confirmationCode: '123456',
        // Users are created by an administrator, which fires no trigger.
        trigger: { lambdaUrl: `http://${LOOPBACK}:1`, functionName: 'post-confirmation', timeoutMs: 1 },
      });
      return opened;
    },
    close: async () => (await opened)?.close(),
  };
}

async function createUser(endpoint: string): Promise<string> {
  const client = new CognitoIdentityProviderClient({ ...aws, endpoint });
  const email = `${randomUUID()}@example.com`;
  const { User } = await client.send(
    new AdminCreateUserCommand({
      UserPoolId: userPoolId,
      Username: email,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  client.destroy();
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value;
  if (sub === undefined) throw new Error('Cognito created a user without a sub.');
  return sub;
}
