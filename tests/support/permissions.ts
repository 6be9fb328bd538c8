/** IAM for the stage: permits a function only the AWS calls in the table from which its role is created. */
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import { permissions, type Resource } from '../../infra/permissions.ts';
import type { Call } from './wire.ts';

export interface AwsCall {
  readonly caller: FunctionName;
  /** An IAM action such as `dynamodb:GetItem`. */
  readonly action: string;
  readonly resource: Resource | 'unknown';
}

type Environment = Readonly<Record<string, string>>;

/** Returns the action of a call with each of its resources. The list is empty if no function made the call. */
export function awsCallsIn(service: string, call: Call, env: Environment): readonly AwsCall[] {
  const caller = functionNames.find((name) => name === call.caller);
  if (caller === undefined) return [];
  const action = `${service}:${call.name}`;
  return resourcesIn(call, env).map((resource) => ({ caller, action, resource }));
}

export function isPermitted({ caller, action, resource }: AwsCall): boolean {
  return permissions[caller].some((one) => one.resource === resource && one.actions.includes(action));
}

function resourcesIn({ body }: Call, env: Environment): readonly (Resource | 'unknown')[] {
  const request = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const known = new Map<unknown, Resource>([
    [env['USERS_TABLE'], 'users_table'],
    [env['ENTITLEMENTS_TABLE'], 'entitlements_table'],
    [env['COGNITO_USER_POOL_ID'], 'user_pool'],
    [env['STRIPE_API_KEY_SECRET_ARN'], 'stripe_api_key'],
    [env['STRIPE_WEBHOOK_SECRET_SECRET_ARN'], 'stripe_webhook_secret'],
    [env['REVENUECAT_API_KEY_SECRET_ARN'], 'revenuecat_api_key'],
    [env['REVENUECAT_WEBHOOK_SECRET_SECRET_ARN'], 'revenuecat_webhook_secret'],
    [env['TRIAL_HASH_KEY_SECRET_ARN'], 'trial_hash_key'],
    [env['STRIPE_EVENT_QUEUE_URL'], 'event_queue'],
  ]);
  known.delete(undefined);
  const named = [
    ...['TableName', 'UserPoolId', 'SecretId', 'QueueUrl'].map((name) => request[name]),
    ...Object.keys(request['RequestItems'] ?? {}),
  ].filter((name) => name !== undefined);
  return named.length === 0 ? ['unknown'] : named.map((name) => known.get(name) ?? 'unknown');
}
