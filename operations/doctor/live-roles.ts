/** Reads a function's role in AWS with all its policies, and the permissions that the function needs. */
import type { Environment } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import { isRecord, type UnknownRecord } from '../../core/system/record.ts';
import type { StageConfig } from '../../infra/config.ts';
import { deadLetterQueueNameOf, eventQueueNameOf, logGroupNameOf } from '../../infra/names.ts';
import { permissionsOf, type Resource } from '../../infra/permissions.ts';
import type { AwsCli } from './aws-cli.ts';
import { type Grant, grantsIn, type Need, type RoleFacts } from './policies.ts';

export interface DeployedFunction {
  readonly name: FunctionName;
  readonly stage: string;
  readonly config: StageConfig;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly environment: Environment;
}

/** Returns the role, or `undefined` if it does not exist. */
export async function roleOf(aws: AwsCli, deployed: DeployedFunction): Promise<RoleFacts | undefined> {
  const role = deployed.roleArn.replace(/^.*\//, '');
  const named = ['--role-name', role];
  const [inline, attached] = await Promise.all([
    aws('iam', 'list-role-policies', ...named),
    aws('iam', 'list-attached-role-policies', ...named),
  ]);
  if (inline === undefined || attached === undefined) return undefined;
  const grants = await Promise.all([
    ...listIn(inline, 'PolicyNames')
      .map(String)
      .map((name) => inlineGrants(aws, named, name)),
    ...listIn(attached, 'AttachedPolicies')
      .filter(isRecord)
      .map(({ PolicyArn }) => attachedGrants(aws, String(PolicyArn))),
  ]);
  return { role, grants: grants.flat(), needs: needsOf(deployed) };
}

async function inlineGrants(aws: AwsCli, role: readonly string[], name: string): Promise<readonly Grant[]> {
  const answer = await aws('iam', 'get-role-policy', ...role, '--policy-name', name);
  return grantsIn(recordIn(answer)['PolicyDocument'], { kind: 'inline', name });
}

async function attachedGrants(aws: AwsCli, arn: string): Promise<readonly Grant[]> {
  const policy = recordIn(recordIn(await aws('iam', 'get-policy', '--policy-arn', arn))['Policy']);
  const version = ['--version-id', String(policy['DefaultVersionId'])];
  const answer = recordIn(await aws('iam', 'get-policy-version', '--policy-arn', arn, ...version));
  return grantsIn(recordIn(answer['PolicyVersion'])['Document'], { kind: 'attached', arn });
}

function needsOf(deployed: DeployedFunction): readonly Need[] {
  const { name, config, environment } = deployed;
  const arns = arnsOf(deployed);
  const needs = permissionsOf(name, config).flatMap(({ resource, actions }) =>
    actions.map((action): Need => {
      const variable = secretVariables[resource];
      // A key given by its value needs no permission to read a secret.
      const needsNoSecret = variable !== undefined && !environment[variable];
      return { action, resource: arns[resource], ...(needsNoSecret ? { optional: true } : {}) };
    }),
  );
  return [...needs, ...ownNeeds(deployed)];
}

/** Returns the permissions for logs and traces, and for the dead-letter queue of `reconcile`. */
function ownNeeds({ name, stage, functionArn }: DeployedFunction): readonly Need[] {
  const log = arnIn(functionArn, 'logs', `log-group:${logGroupNameOf(stage, name)}:*`);
  const queue = arnIn(functionArn, 'sqs', deadLetterQueueNameOf(stage));
  return [
    { action: 'logs:CreateLogStream', resource: log },
    { action: 'logs:PutLogEvents', resource: log },
    { action: 'logs:CreateLogGroup', resource: log, optional: true },
    { action: 'xray:PutTraceSegments', resource: '*', optional: true },
    { action: 'xray:PutTelemetryRecords', resource: '*', optional: true },
    ...(name === 'reconcile'
      ? [{ action: 'sqs:SendMessage', resource: queue, optional: true } as const]
      : []),
  ];
}

const secretVariables: Readonly<Partial<Record<Resource, string>>> = {
  stripe_api_key: 'STRIPE_API_KEY_SECRET_ARN',
  stripe_webhook_secret: 'STRIPE_WEBHOOK_SECRET_SECRET_ARN',
  revenuecat_api_key: 'REVENUECAT_API_KEY_SECRET_ARN',
  revenuecat_webhook_secret: 'REVENUECAT_WEBHOOK_SECRET_SECRET_ARN',
  trial_hash_key: 'TRIAL_HASH_KEY_SECRET_ARN',
};

/** Returns the ARNs of the resources that the function's environment names. */
function arnsOf(deployed: DeployedFunction): Readonly<Record<Resource, string>> {
  const { functionArn, environment, config, stage } = deployed;
  const table = (name: string) => arnIn(functionArn, 'dynamodb', `table/${name}`);
  const secret = (resource: Resource, name: string) =>
    environment[secretVariables[resource] ?? ''] || arnIn(functionArn, 'secretsmanager', `secret:${name}`);
  return {
    users_table: table(environment['USERS_TABLE'] || 'UserProfiles'),
    entitlements_table: table(environment['ENTITLEMENTS_TABLE'] || 'predixa_entitlements'),
    user_pool: arnIn(functionArn, 'cognito-idp', `userpool/${environment['COGNITO_USER_POOL_ID'] ?? ''}`),
    stripe_api_key: secret('stripe_api_key', config.secrets.stripeApiKey),
    stripe_webhook_secret: secret('stripe_webhook_secret', config.secrets.stripeWebhookSecret),
    revenuecat_api_key: secret('revenuecat_api_key', config.secrets.revenueCatApiKey),
    revenuecat_webhook_secret: secret('revenuecat_webhook_secret', config.secrets.revenueCatWebhookSecret),
    trial_hash_key: secret('trial_hash_key', config.secrets.trialHashKey),
    event_queue: environment['STRIPE_EVENT_QUEUE_ARN'] || arnIn(functionArn, 'sqs', eventQueueNameOf(stage)),
  };
}

/** Builds an ARN in the same partition, region and account as another ARN. */
export function arnIn(other: string, service: string, resource: string): string {
  const [arn = 'arn', partition = 'aws', , region = '', account = ''] = other.split(':');
  return [arn, partition, service, region, account, resource].join(':');
}

function recordIn(value: unknown): UnknownRecord {
  return isRecord(value) ? value : {};
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = recordIn(value)[name];
  return Array.isArray(list) ? list : [];
}
