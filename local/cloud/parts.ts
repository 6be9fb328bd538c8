/** Opens the parts of a local cloud, each as soon as the addresses it needs are known. */
import path from 'node:path';
import type { SimulatorObserver } from '../../stripe-simulator/index.ts';
import { type LocalCognito, openCognito } from '../cognito/open.ts';
import { CLIENT_ID, userPoolId } from '../cognito/pool.ts';
import { openDynamoDb } from '../dynamodb/open.ts';
import { createAuthorizer } from '../gateway/authorizer.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { ownPagesOnly, pagesOf } from '../http/guard.ts';
import { openServer } from '../http/listen.ts';
import { type LambdaRuntime, startLambda } from '../lambda/runtime.ts';
import type { Tap } from '../recording/tap.ts';
import type { Watch } from '../recording/watch.ts';
import { type LocalRevenueCat, startRevenueCat } from '../revenuecat/start.ts';
import { type LocalQueue, openQueue } from '../sqs/open.ts';
import { type LocalStripe, startStripe } from '../stripe/start.ts';
import { type ApiParts, apiAccess, apiListener } from './api-server.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Closable, Disposables } from './disposables.ts';
import { type Environment, type EnvironmentFacts, functionEnvironment } from './environment.ts';
import type { Settings } from './options.ts';
import { REVENUECAT_API_KEY, STRIPE_API_KEY, type WebhookSecrets, webhookSecretsOf } from './secrets.ts';

export interface Servers {
  readonly cognito: LocalCognito;
  readonly stripe: LocalStripe;
  readonly revenuecat: LocalRevenueCat;
  readonly facts: EnvironmentFacts;
  /** Null: the webhook carries out each event itself. */
  readonly queue: LocalQueue | null;
  /** Requests to the API wait until this is resolved. */
  readonly apiParts: Deferred<ApiParts>;
}

/** The function that handles Cognito's post-confirmation trigger. */
const TRIGGER_FUNCTION = 'post-confirmation';

export interface OpenContext {
  readonly directory: string;
  readonly watch: Watch;
}

/** Binds all ports, so that every address is known. The services behind them may still be starting. */
export async function openServers(
  settings: Settings,
  { directory, watch }: OpenContext,
  disposables: Disposables,
): Promise<Servers> {
  const { requestedPorts, tables } = settings;
  const apiParts = deferred<ApiParts>();
  const api = disposables.keep(
    await openServer(
      requestedPorts.api,
      watch.taps.api(apiListener(() => apiParts.promise)),
      apiAccess(settings),
    ),
  );
  const secrets = await webhookSecretsOf(directory);
  const access = ownPagesOnly(settings.allowedHosts);
  const queue = settings.queue
    ? disposables.keep(await openQueue({ directory, access, onFailure: settings.onFailure }))
    : null;
  const payments = startPayments(settings, { directory, watch, secrets, apiUrl: api.url });
  const [dynamodb, cognito, stripe, revenuecat] = await openAll(
    disposables,
    openDynamoDb({
      port: requestedPorts.dynamodb,
      directory: path.resolve(directory, 'dynamodb'),
      wrap: watch.taps.dynamodb,
      access: ownPagesOnly(settings.allowedHosts),
      onFailure: settings.onFailure,
    }),
    openCognito({
      port: requestedPorts.cognito,
      directory: path.resolve(directory, 'cognito'),
      confirmationCode: settings.confirmationCode,
      trigger: { lambdaUrl: api.url, functionName: TRIGGER_FUNCTION, timeoutMs: settings.triggerTimeoutMs },
      wrap: watch.taps.cognito,
      access: pagesOf(settings.allowedOrigins, settings.allowedHosts),
      onFailure: settings.onFailure,
    }),
    payments.stripe,
    payments.revenuecat,
  );
  const facts: EnvironmentFacts = {
    apiUrl: api.url,
    dynamoDbUrl: dynamodb.url,
    cognitoUrl: cognito.url,
    stripeUrl: stripe.url,
    revenueCatUrl: revenuecat.url,
    usersTable: tables.users,
    entitlementsTable: tables.entitlements,
    userPoolId,
    clientId: CLIENT_ID,
    stripeApiKey: STRIPE_API_KEY,
    revenueCatApiKey: REVENUECAT_API_KEY,
    revenueCatProjectId: revenuecat.projectId,
    ...secrets,
  };
  return { cognito, stripe, revenuecat, queue, facts, apiParts };
}

/** Starts Stripe, and RevenueCat as soon as the clock that it follows exists. */
function startPayments(
  { requestedPorts, webhookRetryDelaysMs, allowedHosts, onFailure }: Settings,
  { directory, watch, secrets, apiUrl }: OpenContext & { secrets: WebhookSecrets; apiUrl: string },
): { readonly stripe: Promise<LocalStripe>; readonly revenuecat: Promise<LocalRevenueCat> } {
  const stripe = startStripe({
    port: requestedPorts.stripe,
    statePath: path.resolve(directory, 'stripe.json'),
    allowedHosts,
    onFailure,
    webhookRetryDelaysMs,
    webhook: { url: `${apiUrl}/stripe/webhook`, secret: secrets.stripeWebhookSecret },
    observer: { wrap: wrapOf(watch.taps.stripe), ...watch.deliveries.stripe },
  });
  const revenuecat = stripe.then(({ clock }) =>
    startRevenueCat({
      port: requestedPorts.revenuecat,
      statePath: path.resolve(directory, 'revenuecat.json'),
      allowedHosts,
      onFailure,
      webhookRetryDelaysMs,
      webhook: { url: `${apiUrl}/revenuecat/webhook`, authorization: secrets.revenueCatWebhookSecret },
      clock,
      observer: { wrap: wrapOf(watch.taps.revenuecat), ...watch.deliveries.revenuecat },
    }),
  );
  return { stripe, revenuecat };
}

/** The simulators are typed without Node's types. */
function wrapOf(tap: Tap): SimulatorObserver['wrap'] {
  return (listener) => tap(listener) as ReturnType<SimulatorObserver['wrap']>;
}

/** Waits for all of them, so that those that did open are closed if another one fails. Throws the first failure. */
async function openAll<T extends readonly Closable[]>(
  disposables: Disposables,
  ...opening: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const results = await Promise.allSettled(opening);
  for (const result of results) if (result.status === 'fulfilled') disposables.keep(result.value);
  return Promise.all(opening);
}

/** The environment of every function. */
export function environmentOf(
  settings: Settings,
  { facts, queue }: Pick<Servers, 'facts' | 'queue'>,
): Environment {
  return {
    ...functionEnvironment(facts),
    ...queue?.environment,
    ALLOWED_ORIGINS: settings.allowedOrigins.join(','),
    ...settings.functionEnvironment,
  };
}

/** Starts Lambda and loads the functions in advance, so that the first request does not wait for them. */
export async function openLambda(
  settings: Settings,
  { directory, watch }: OpenContext,
  env: Environment,
): Promise<LambdaRuntime> {
  const lambda = await startLambda({
    functionsDirectory: settings.functionsDirectory,
    functions: settings.functions,
    env,
    logsDirectory: path.resolve(directory, 'logs'),
    onLog: settings.onFunctionLog,
    observe: watch.observe,
    clockOffset: watch.clockOffset,
  });
  watch.killWith((span) => lambda.kill(span));
  lambda.warm();
  return lambda;
}

export function gatewayTo(settings: Settings, cognito: LocalCognito, lambda: LambdaRuntime): Gateway {
  return createGateway({
    form: settings.payload,
    functions: settings.functions,
    allowedOrigins: settings.allowedOrigins,
    authorizer: createAuthorizer({
      issuer: cognito.issuer,
      jwksUrl: `${cognito.issuer}/.well-known/jwks.json`,
      clientId: CLIENT_ID,
      form: settings.payload,
    }),
    invoke: (name, event) => lambda.invoke(name, event),
  });
}
