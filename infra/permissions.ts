/** The complete AWS permissions of each function, besides writing its own log. */
import type { FunctionName } from '../contract/functions.ts';
import type { StageConfig } from './config.ts';

export type Resource =
  | 'users_table'
  | 'entitlements_table'
  | 'user_pool'
  | 'stripe_api_key'
  | 'stripe_webhook_secret'
  | 'revenuecat_api_key'
  | 'revenuecat_webhook_secret'
  | 'trial_hash_key'
  | 'event_queue';

export interface Permission {
  readonly resource: Resource;
  /** IAM actions, such as `dynamodb:GetItem`. */
  readonly actions: readonly string[];
}

const users = (...operations: string[]): Permission => ({
  resource: 'users_table',
  actions: dynamodb(operations),
});
const entitlements = (...operations: string[]): Permission => ({
  resource: 'entitlements_table',
  actions: dynamodb(operations),
});
const pool = (...operations: string[]): Permission => ({
  resource: 'user_pool',
  actions: operations.map((operation) => `cognito-idp:${operation}`),
});
const secret = (
  resource: Exclude<Resource, 'users_table' | 'entitlements_table' | 'user_pool' | 'event_queue'>,
) => ({
  resource,
  actions: ['secretsmanager:GetSecretValue'],
});

function dynamodb(operations: readonly string[]): readonly string[] {
  return operations.map((operation) => `dynamodb:${operation}`);
}

/** What each function may do in a stage whose apps sell in app stores. */
export const permissions: Readonly<Record<FunctionName, readonly Permission[]>> = {
  'post-confirmation': [
    users('GetItem', 'UpdateItem', 'DeleteItem'),
    entitlements('GetItem', 'PutItem', 'DeleteItem'),
    secret('stripe_api_key'),
    secret('trial_hash_key'),
  ],
  'stripe-webhook': [
    users('GetItem'),
    entitlements('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    secret('stripe_api_key'),
    pool('AdminGetUser', 'ListUsers'),
    secret('stripe_webhook_secret'),
  ],
  'stripe-webhook-intake': [
    secret('stripe_webhook_secret'),
    { resource: 'event_queue', actions: ['sqs:SendMessage'] },
  ],
  'revenuecat-webhook': [
    users('GetItem'),
    entitlements('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    secret('revenuecat_api_key'),
    secret('revenuecat_webhook_secret'),
  ],
  'entitlements-api': [entitlements('GetItem')],
  'delete-user': [
    users('GetItem', 'UpdateItem', 'DeleteItem'),
    entitlements('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    pool('AdminGetUser', 'ListUsers', 'AdminDeleteUser'),
    secret('stripe_api_key'),
    secret('revenuecat_api_key'),
  ],
  checkout: [
    users('GetItem', 'UpdateItem', 'DeleteItem'),
    entitlements('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    pool('AdminGetUser', 'ListUsers'),
    secret('stripe_api_key'),
    secret('revenuecat_api_key'),
    secret('trial_hash_key'),
  ],
  'billing-portal': [users('GetItem'), entitlements('GetItem', 'UpdateItem'), secret('stripe_api_key')],
  subscription: [
    users('GetItem'),
    entitlements('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    secret('stripe_api_key'),
  ],
  billing: [users('GetItem'), entitlements('GetItem', 'UpdateItem'), secret('stripe_api_key')],
  prices: [secret('stripe_api_key')],
  reconcile: [
    users('Scan', 'BatchGetItem', 'GetItem', 'UpdateItem', 'DeleteItem'),
    entitlements('Scan', 'BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    pool('AdminGetUser', 'ListUsers', 'AdminDeleteUser'),
    secret('stripe_api_key'),
    secret('revenuecat_api_key'),
  ],
};

/** Whether a function hashes email addresses in this stage, so that one person gets one trial. */
export function readsTrialHashKey(
  name: FunctionName,
  { access, checkout }: Pick<StageConfig, 'access' | 'checkout'>,
): boolean {
  if (name === 'post-confirmation') return access.signUpTrialDays > 0;
  return checkout.trialDays > 0 || checkout.trialsByPrice === true;
}

const resourcesOfStores: ReadonlySet<Resource> = new Set<Resource>([
  'revenuecat_api_key',
  'revenuecat_webhook_secret',
]);

/** What Lambda does with the role of the worker to deliver the messages of the queue to it. The function itself does none of it. */
const pollsQueue: Permission = {
  resource: 'event_queue',
  actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
};

/**
 * Returns what a function may do in this stage. Without app stores, no function may read the secrets of RevenueCat. Without a
 * trial at sign-up, that function may not read the key of the hash. With a queue, the worker verifies no signature.
 */
export function permissionsOf(
  name: FunctionName,
  config: Pick<StageConfig, 'stores' | 'access' | 'checkout' | 'webhookQueue'>,
): readonly Permission[] {
  const isWorker = name === 'stripe-webhook' && config.webhookQueue !== null;
  const own = permissions[name].filter(({ resource }) => {
    if (resourcesOfStores.has(resource)) return config.stores !== null;
    if (resource === 'stripe_webhook_secret') return !isWorker;
    return resource !== 'trial_hash_key' || name !== 'post-confirmation' || readsTrialHashKey(name, config);
  });
  return isWorker ? [...own, pollsQueue] : own;
}
