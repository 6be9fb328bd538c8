/** The deployed stage `dev` as the AWS CLI shows it: functions, roles, trigger and stack. */
import { type FunctionName, functionSpecs } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import {
  eventQueueNameOf,
  functionNameOf,
  logGroupNameOf,
  outputs,
  roleNameOf,
  stackNameOf,
} from '../../infra/names.ts';
import { permissionsOf, type Resource } from '../../infra/permissions.ts';
import type { AwsCommand } from './aws-cli.ts';

const stage = 'dev';
const { tables, secrets } = stages[stage];
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;

export const poolArn = (poolId: string) => arn('cognito-idp', `userpool/${poolId}`);
export const triggerArn = arn('lambda', `function:${functionNameOf(stage, 'post-confirmation')}`);
export const secretArn = (name: keyof typeof secrets) => arn('secretsmanager', `secret:${secrets[name]}`);
export const roleOf = (name: FunctionName) => roleNameOf(stage, name);
export const configurationOf = (name: FunctionName) =>
  `lambda get-function-configuration ${functionNameOf(stage, name)}`;
export const policyOf = (name: FunctionName) => `iam get-role-policy ${roleOf(name)} DefaultPolicy`;

export interface Deployment {
  /** Default: the committed one, without app stores. */
  readonly config?: StageConfig;
  readonly apiUrl: string;
  readonly poolId: string;
  /** Variables of the functions in addition to the names of tables, pool and secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function deploy(
  aws: AwsCommand,
  { apiUrl, poolId, environment, config = stages[stage] }: Deployment,
): Promise<void> {
  const identity = {
    UserId: 'AIDAEXAMPLE',
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/me',
  };
  await aws.answers('sts get-caller-identity', identity);
  const variables = {
    ...environment,
    USERS_TABLE: tables.users.name,
    ENTITLEMENTS_TABLE: tables.entitlements.name,
    COGNITO_USER_POOL_ID: poolId,
    STRIPE_API_KEY_SECRET_ARN: secretArn('stripeApiKey'),
    STRIPE_WEBHOOK_SECRET_SECRET_ARN: secretArn('stripeWebhookSecret'),
    TRIAL_HASH_KEY_SECRET_ARN: secretArn('trialHashKey'),
    ...(config.stores === null ? {} : storeVariables(config.stores)),
  };
  for (const name of functionsOf(config)) {
    await aws.answers(configurationOf(name), configuration(name, variables));
    await aws.answers(`iam list-role-policies ${roleOf(name)}`, { PolicyNames: ['DefaultPolicy'] });
    await aws.answers(`iam list-attached-role-policies ${roleOf(name)}`, { AttachedPolicies: [] });
    await aws.answers(policyOf(name), policy(name, statementsOf(name, poolId, config)));
  }
  await aws.answers(`lambda get-policy ${functionNameOf(stage, 'post-confirmation')}`, triggerPolicy(poolId));
  const payload = { StatusCode: 200, ExecutedVersion: '$LATEST' };
  await aws.answers(`lambda invoke ${functionNameOf(stage, 'post-confirmation')}`, payload);
  await aws.answers(`cloudformation describe-stacks ${stackNameOf(stage)}`, {
    Stacks: [
      {
        StackName: stackNameOf(stage),
        StackStatus: 'UPDATE_COMPLETE',
        Outputs: [{ OutputKey: outputs.apiUrl, OutputValue: apiUrl }],
      },
    ],
  });
}

function storeVariables({ revenueCatProjectId, allowSandbox }: NonNullable<StageConfig['stores']>) {
  return {
    REVENUECAT_PROJECT_ID: revenueCatProjectId,
    ALLOW_SANDBOX_PURCHASES: String(allowSandbox),
    REVENUECAT_API_KEY_SECRET_ARN: secretArn('revenueCatApiKey'),
    REVENUECAT_WEBHOOK_SECRET_SECRET_ARN: secretArn('revenueCatWebhookSecret'),
  };
}

export function configuration(name: FunctionName, variables: Readonly<Record<string, string>>): object {
  return {
    FunctionName: functionNameOf(stage, name),
    FunctionArn: arn('lambda', `function:${functionNameOf(stage, name)}`),
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::123456789012:role/${roleOf(name)}`,
    Handler: 'index.handler',
    Timeout: functionSpecs[name].timeoutSeconds,
    Environment: { Variables: variables },
    State: 'Active',
  };
}

export function policy(name: FunctionName, statements: unknown): object {
  return {
    RoleName: roleOf(name),
    PolicyName: 'DefaultPolicy',
    PolicyDocument: { Version: '2012-10-17', Statement: statements },
  };
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

export function statementsOf(
  name: FunctionName,
  poolId: string,
  config: StageConfig = stages[stage],
): readonly Statement[] {
  const arns: Readonly<Record<Resource, string>> = {
    users_table: arn('dynamodb', `table/${tables.users.name}`),
    entitlements_table: arn('dynamodb', `table/${tables.entitlements.name}`),
    user_pool: poolArn(poolId),
    stripe_api_key: `${secretArn('stripeApiKey')}-??????`,
    stripe_webhook_secret: `${secretArn('stripeWebhookSecret')}-??????`,
    revenuecat_api_key: `${secretArn('revenueCatApiKey')}-??????`,
    revenuecat_webhook_secret: `${secretArn('revenueCatWebhookSecret')}-??????`,
    trial_hash_key: `${secretArn('trialHashKey')}-??????`,
    event_queue: arn('sqs', eventQueueNameOf(stage)),
  };
  const log = arn('logs', `log-group:${logGroupNameOf(stage, name)}:*`);
  return [
    { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: log },
    ...permissionsOf(name, config).map(({ resource, actions }) => ({
      Effect: 'Allow' as const,
      // IAM writes a list of one as a single value.
      Action: actions.length === 1 ? String(actions[0]) : actions,
      Resource: arns[resource],
    })),
  ];
}

export function triggerPolicy(poolId: string): object {
  const statement = {
    Sid: 'Pool',
    Effect: 'Allow',
    Principal: { Service: 'cognito-idp.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: triggerArn,
    Condition: {
      StringEquals: { 'AWS:SourceAccount': '123456789012' },
      ArnLike: { 'AWS:SourceArn': poolArn(poolId) },
    },
  };
  const document = { Version: '2012-10-17', Id: 'default', Statement: [statement] };
  return { Policy: JSON.stringify(document), RevisionId: 'b1a5e6a2' };
}
