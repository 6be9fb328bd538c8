/**
 * The local cloud: API Gateway, Lambda, Cognito, DynamoDB, Stripe and RevenueCat on 127.0.0.1, without an account or a network.
 *
 *     const cloud = await createLocalCloud({ ephemeral: true, ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 } });
 *     await fetch(`${cloud.urls.api}/me/entitlements`);
 *     await cloud.close();
 */
import path from 'node:path';
import type { FederatedSignIn, FederatedUser } from '../cognito/federated-user.ts';
import { tablesAt } from '../dynamodb/tables.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { type CloudStatus, statusOf } from '../page/status.ts';
import { createWatch } from '../recording/watch.ts';
import { followClock, openConsole } from './console.ts';
import { deferred } from './deferred.ts';
import { openDirectory } from './directory.ts';
import { createDisposables, type Disposables } from './disposables.ts';
import { type Environment, openEnvironmentFile, shellEnvironment } from './environment.ts';
import { type LocalCloudOptions, type Settings, settingsFrom } from './options.ts';
import { environmentOf, gatewayTo, openLambda, openServers } from './parts.ts';
import { wholeCloudOf } from './whole-cloud.ts';

export interface LocalCloud {
  readonly urls: CloudStatus['urls'];
  readonly ids: CloudStatus['ids'];
  /** Everything that the page and `/_local/status` show. */
  readonly status: CloudStatus;
  /** The variables that a shell or a client needs to use this cloud. */
  readonly env: Environment;
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  signInFederated(signIn: FederatedSignIn): Promise<FederatedUser>;
  /** Resolves once every webhook sent so far is delivered or has no retries left. */
  settled(): Promise<void>;
  /** Deletes all data. The addresses stay the same. */
  reset(): Promise<void>;
  /** Stops everything. It may be called more than once. */
  close(): Promise<void>;
}

/** The function that carries out the messages of the queue. */
const QUEUE_WORKER = 'stripe-webhook';

export async function createLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const disposables = createDisposables();
  const settings = settingsFrom(options);
  const failed = deferred<Error>();
  const onFailure = (error: Error): void => {
    failed.resolve(error);
    settings.onFailure(error);
  };
  const starting = start({ ...settings, onFailure }, disposables);
  try {
    // A part that cannot go on says why. What waits for it would only say that it got no answer.
    return await Promise.race([
      starting,
      failed.promise.then((error) => {
        throw error;
      }),
    ]);
  } catch (error) {
    await starting.catch(() => undefined);
    await disposables.closeAll();
    throw error;
  }
}

async function start(settings: Settings, disposables: Disposables): Promise<LocalCloud> {
  const directory = disposables.keep(await openDirectory(settings));
  settings.onProgress('Starting DynamoDB, Cognito, Stripe, RevenueCat and the API');
  const watch = createWatch();
  const context = { directory: directory.path, watch };
  const servers = await openServers(settings, context, disposables);
  const { cognito, stripe, revenuecat, queue, facts, apiParts } = servers;
  followClock(watch, stripe);
  const functionEnv = environmentOf(settings, servers);
  const lambda = disposables.keep(await openLambda(settings, context, functionEnv));
  queue?.deliverTo((event) => lambda.invoke(QUEUE_WORKER, event));
  const tables = disposables.keep(tablesAt({ endpoint: facts.dynamoDbUrl }, settings.tables));
  const provision = async (): Promise<CloudStatus> => {
    const [prices] = await Promise.all([stripe.provision(), tables.createMissing(), cognito.ready()]);
    return statusOf({ facts, prices, settings, issuer: cognito.issuer, environmentFile });
  };

  const environmentFile = path.join(directory.path, 'env');
  settings.onProgress('Creating tables, the user pool and demo prices');
  let status = await provision();
  const env = { ...shellEnvironment(facts), ...queue?.environment, ...settings.functionEnvironment };
  disposables.keep(await openEnvironmentFile(environmentFile, env));
  const gateway = gatewayTo(settings, cognito, lambda);
  const { signInFederated, signInByPassword } = cognito;
  const statusNow = () => status;
  const whole = wholeCloudOf({ lambda, stripe, revenuecat, queue, cognito, tables, watch }, async () => {
    status = await provision();
  });
  const consoleContext = { ...context, ...servers, disposables, env: functionEnv, status: statusNow, whole };
  const console = await openConsole(settings, consoleContext);
  apiParts.resolve({ gateway, lambda, signInFederated, signInByPassword, status: statusNow, console });
  return {
    get status() {
      return status;
    },
    get urls() {
      return status.urls;
    },
    get ids() {
      return status.ids;
    },
    env,
    invoke: (functionName, event) => lambda.invoke(functionName, event),
    signInFederated,
    async settled() {
      await Promise.all([stripe.settled(), revenuecat.settled()]);
      await queue?.settled();
    },
    reset: whole.reset,
    close: () => disposables.closeAll(),
  };
}
