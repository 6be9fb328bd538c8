/** Reads what AWS has of a stage before it is deployed. */

import { isRecord, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StageConfig } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { functionNameOf, logGroupNameOf, roleNameOf, stackNameOf } from '../../infra/names.ts';
import { UsageError } from '../cli/command.ts';
import type { AwsCli } from '../doctor/aws-cli.ts';

/** A fact that could not be read, with AWS's error code. */
export interface Unread {
  readonly unread: string;
}

export type Fact<T> = T | Unread;

export interface DeploymentFacts {
  /** The account of the shell's credentials. */
  readonly account: Fact<string>;
  /** CloudFormation's status of the stack. Null: there is no such stack. */
  readonly stackStatus: Fact<string | null>;
  /** The version of the CDK's bootstrap. Null: the account and region have none. */
  readonly bootstrapVersion: Fact<number | null>;
  readonly concurrency: Fact<{ readonly limit: number; readonly unreserved: number }>;
  /** Names that the stack would create, and that another resource has, such as `table UserProfiles`. */
  readonly taken: Fact<readonly string[]>;
  /** Null: no sender is configured. */
  readonly mail: Fact<{ readonly isVerified: boolean; readonly isInSandbox: boolean } | null>;
  /** The names of secrets that are not stored. */
  readonly missingSecrets: Fact<readonly string[]>;
  /** The resources of the deployed stack, as its template says. Null: there is no such stack. */
  readonly deployed: Fact<Resources | null>;
}

export interface Resource {
  readonly type: string;
  readonly properties: UnknownRecord;
}

/** Resources of a template by their logical ids. */
export type Resources = ReadonlyMap<string, Resource>;

export interface StageOfFacts {
  readonly stage: string;
  readonly config: StageConfig;
}

/** Throws a `UsageError` if the AWS CLI is not installed. */
export async function readDeploymentFacts(
  aws: AwsCli,
  { stage, config }: StageOfFacts,
): Promise<DeploymentFacts> {
  const stack = stackNameOf(stage);
  const [account, stackStatus, bootstrapVersion, concurrency, mail, missingSecrets] = await Promise.all([
    fact(async () => String(at(await aws('sts', 'get-caller-identity'))?.['Account'])),
    fact(async () => statusIn(await aws('cloudformation', 'describe-stacks', '--stack-name', stack))),
    fact(async () => versionIn(await aws('ssm', 'get-parameter', '--name', BOOTSTRAP_PARAMETER))),
    fact(async () => concurrencyIn(await aws('lambda', 'get-account-settings'))),
    fact(() => mailOf(aws, config)),
    fact(() => missingSecretsOf(aws, config)),
  ]);
  const isNew = stackStatus === null;
  return {
    account,
    stackStatus,
    bootstrapVersion,
    concurrency,
    // Those of a deployed stack are its own.
    taken: isNew ? await fact(() => takenNames(aws, { stage, config })) : [],
    mail,
    missingSecrets,
    deployed: isNew
      ? null
      : await fact(async () =>
          deployedIn(await aws('cloudformation', 'get-template', '--stack-name', stack)),
        ),
  };
}

export function isUnread(value: unknown): value is Unread {
  return isRecord(value) && typeof value['unread'] === 'string';
}

/** The resources of a CloudFormation template. */
export function resourcesIn(template: UnknownRecord): Resources {
  const entries = Object.entries(recordAt(template, 'Resources') ?? {});
  return new Map(
    entries.flatMap(([id, resource]) => {
      const type = isRecord(resource) ? textAt(resource, 'Type') : null;
      if (!isRecord(resource) || type === null) return [];
      return [[id, { type, properties: recordAt(resource, 'Properties') ?? {} }]];
    }),
  );
}

/** Where the CDK's bootstrap keeps its version (`cdk bootstrap` without a qualifier of its own). */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

async function fact<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    return { unread: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' };
  }
}

function at(answer: unknown): UnknownRecord | undefined {
  return isRecord(answer) ? answer : undefined;
}

function listAt(answer: unknown, name: string): readonly unknown[] {
  const list = at(answer)?.[name];
  return Array.isArray(list) ? list : [];
}

function statusIn(answer: unknown): string | null {
  const [stack] = listAt(answer, 'Stacks');
  return isRecord(stack) ? textAt(stack, 'StackStatus') : null;
}

function versionIn(answer: unknown): number | null {
  const value = textAt(recordAt(at(answer) ?? {}, 'Parameter'), 'Value');
  return value === null ? null : Number(value);
}

function concurrencyIn(answer: unknown): { readonly limit: number; readonly unreserved: number } {
  const limits = recordAt(at(answer) ?? {}, 'AccountLimit');
  return {
    limit: Number(limits?.['ConcurrentExecutions']),
    unreserved: Number(limits?.['UnreservedConcurrentExecutions']),
  };
}

async function mailOf(
  aws: AwsCli,
  { pool }: StageConfig,
): Promise<{ isVerified: boolean; isInSandbox: boolean } | null> {
  if (pool.kind !== 'create' || pool.sender === undefined) return null;
  const { verifiedDomain } = pool.sender;
  const identity = at(await aws('sesv2', 'get-email-identity', '--email-identity', verifiedDomain));
  const account = at(await aws('sesv2', 'get-account'));
  return {
    isVerified: identity?.['VerifiedForSendingStatus'] === true,
    isInSandbox: account?.['ProductionAccessEnabled'] !== true,
  };
}

/** `webhook:register` stores the webhook's secret after the deployment. */
async function missingSecretsOf(
  aws: AwsCli,
  { secrets, checkout, access, stores }: StageConfig,
): Promise<readonly string[]> {
  const hasTrials = checkout.trialDays > 0 || access.signUpTrialDays > 0;
  const needed = [
    secrets.stripeApiKey,
    ...(hasTrials ? [secrets.trialHashKey] : []),
    ...(stores === null ? [] : [secrets.revenueCatApiKey, secrets.revenueCatWebhookSecret]),
  ];
  const found = await Promise.all(
    needed.map((name) => aws('secretsmanager', 'describe-secret', '--secret-id', name)),
  );
  return needed.filter((_, index) => found[index] === undefined);
}

async function takenNames(aws: AwsCli, { stage, config }: StageOfFacts): Promise<readonly string[]> {
  const created = Object.values(config.tables).filter(({ kind }) => kind === 'create');
  const names = functionsOf(config);
  const found = await Promise.all([
    ...created.map(async ({ name }) => {
      const answer = await aws('dynamodb', 'describe-table', '--table-name', name);
      return answer === undefined ? [] : [`table ${name}`];
    }),
    ...names.map(async (name) => {
      const functionName = functionNameOf(stage, name);
      const answer = await aws('lambda', 'get-function-configuration', '--function-name', functionName);
      return answer === undefined ? [] : [`function ${functionName}`];
    }),
    ...names.map(async (name) => {
      const role = roleNameOf(stage, name);
      return (await aws('iam', 'get-role', '--role-name', role)) === undefined ? [] : [`role ${role}`];
    }),
    logGroupsOf(
      aws,
      names.map((name) => logGroupNameOf(stage, name)),
    ),
  ]);
  return found.flat();
}

async function logGroupsOf(aws: AwsCli, names: readonly string[]): Promise<readonly string[]> {
  const prefix = names[0]?.slice(0, names[0].lastIndexOf('/') + 1) ?? '';
  const answer = await aws('logs', 'describe-log-groups', '--log-group-name-prefix', prefix);
  const found = new Set(
    listAt(answer, 'logGroups').map((group) => (isRecord(group) ? group['logGroupName'] : undefined)),
  );
  return names.filter((name) => found.has(name)).map((name) => `log group ${name}`);
}

function deployedIn(answer: unknown): Resources {
  const body = at(answer)?.['TemplateBody'];
  const template: unknown = typeof body === 'string' ? JSON.parse(body) : body;
  return resourcesIn(at(template) ?? {});
}
