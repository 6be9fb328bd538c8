/** Opens the parts of a local cloud, each as soon as it knows the addresses it needs. */
import path from 'node:path';
import { type ApiParts, apiListener } from './api-server.ts';
import type { Closers } from './closers.ts';
import { type LocalCognito, openCognito } from './cognito/open.ts';
import { clientId, userPoolId } from './cognito/pool.ts';
import { openDynamoDb } from './dynamodb/open.ts';
import { type EnvironmentFacts, functionEnvironment } from './environment.ts';
import { createAuthorizer } from './gateway/authorizer.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { openServer } from './http/listen.ts';
import { type LambdaRuntime, startLambda } from './lambda/runtime.ts';
import { type Later, later } from './later.ts';
import type { Settings } from './options.ts';
import { stripeApiKey, webhookSecretOf } from './secrets.ts';
import { type LocalStripe, startStripe } from './stripe/start.ts';

export interface Servers {
  readonly cognito: LocalCognito;
  readonly stripe: LocalStripe;
  readonly facts: EnvironmentFacts;
  /** Requests to the API wait for it. */
  readonly apiParts: Later<ApiParts>;
}

/** Which function answers Cognito's trigger. */
const triggerFunction = 'post-confirmation';

/** Binds all ports, so that every address is known; what stands behind them is still starting. */
export async function openServers(settings: Settings, directory: string, closers: Closers): Promise<Servers> {
  const { wishes, tables } = settings;
  const apiParts = later<ApiParts>();
  const api = closers.keep(
    await openServer(
      wishes.api,
      apiListener(() => apiParts.promise),
    ),
  );
  const dynamodb = closers.keep(
    await openDynamoDb({ wish: wishes.dynamodb, directory: path.resolve(directory, 'dynamodb') }),
  );
  const cognito = closers.keep(
    await openCognito({
      wish: wishes.cognito,
      directory: path.resolve(directory, 'cognito'),
      confirmationCode: settings.confirmationCode,
      trigger: { lambdaUrl: api.url, functionName: triggerFunction, timeoutMs: settings.triggerTimeoutMs },
    }),
  );
  const stripeWebhookSecret = await webhookSecretOf(directory);
  const stripe = closers.keep(
    await startStripe({
      wish: wishes.stripe,
      statePath: path.resolve(directory, 'stripe.json'),
      webhookRetryDelaysMs: settings.webhookRetryDelaysMs,
      webhook: { url: `${api.url}/stripe/webhook`, secret: stripeWebhookSecret },
    }),
  );
  const facts: EnvironmentFacts = {
    apiUrl: api.url,
    dynamoDbUrl: dynamodb.url,
    cognitoUrl: cognito.url,
    stripeUrl: stripe.url,
    usersTable: tables.users,
    entitlementsTable: tables.entitlements,
    userPoolId,
    clientId,
    stripeApiKey,
    stripeWebhookSecret,
  };
  return { cognito, stripe, facts, apiParts };
}

/** Loads the functions at once: the first request should not wait for it. */
export async function openLambda(
  settings: Settings,
  directory: string,
  facts: EnvironmentFacts,
): Promise<LambdaRuntime> {
  const lambda = await startLambda({
    functionsDirectory: settings.functionsDirectory,
    functions: settings.functions,
    env: {
      ...functionEnvironment(facts),
      ALLOWED_ORIGINS: settings.allowedOrigins.join(','),
      ...settings.functionEnvironment,
    },
    logsDirectory: path.resolve(directory, 'logs'),
    onLog: settings.onFunctionLog,
  });
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
      clientId,
      form: settings.payload,
    }),
    invoke: (name, event) => lambda.invoke(name, event),
  });
}
