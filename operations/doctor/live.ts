/** A stage in AWS, with the credentials of the shell. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import { isRecord, type UnknownRecord } from '../../core/system/record.ts';
import { type StageConfig, type StageName, stages } from '../../infra/config.ts';
import { functionNameOf, outputs, roleNameOf, stackNameOf } from '../../infra/names.ts';
import { UsageError } from '../command.ts';
import { type AwsCli, awsCli } from './aws-cli.ts';
import { awsFacts } from './aws-facts.ts';
import type { Installation } from './installation.ts';

export function stageNamed(name: string): { readonly name: StageName; readonly config: StageConfig } {
  const known = (Object.keys(stages) as StageName[]).find((one) => one === name);
  if (known === undefined)
    throw new UsageError(`--stage is one of ${Object.keys(stages).join(', ')}, not ${name}`);
  return { name: known, config: stages[known] };
}

export function liveInstallation(
  { name: stage, config }: ReturnType<typeof stageNamed>,
  given: { readonly apiUrl?: string | undefined; readonly aws?: AwsCli } = {},
): Installation {
  const { region, secrets } = config;
  process.env['AWS_REGION'] ??= region;
  const aws = given.aws ?? awsCli(region);
  const facts = awsFacts(region, { protects: true });
  const environments = once(() => readEnvironments(aws, { stage, region }));
  const deploy = `npm run deploy -- --stage ${stage}`;
  const register = `npm run webhook:register -- --stage ${stage}`;
  return {
    label: `stage ${stage} in ${region}`,
    mends: {
      reach: 'aws sts get-caller-identity, then try again',
      deploy,
      configure: `set it in infra/config.ts, then ${deploy}`,
      registerWebhook: register,
      rollWebhook: `${register} --roll`,
      setApiKey: `aws secretsmanager put-secret-value --secret-id ${secrets.stripeApiKey} --secret-string file://key.txt`,
    },
    environments,
    table: (name) => facts.table(name),
    trigger: async (poolId) => {
      const pool = await facts.poolTrigger(poolId);
      if (pool === undefined) return undefined;
      const expected = functionNameOf(stage, 'post-confirmation');
      // The pool names an ARN, which may end in a version or alias.
      const calls = pool.calls?.split(':')[6] ?? null;
      return { calls, expected, permitted: await permits(aws, expected) };
    },
    callTrigger: (event) => invoke(aws, functionNameOf(stage, 'post-confirmation'), event),
    apiUrl: once(async () => given.apiUrl ?? (await apiUrlOf(aws, stage))),
    secret: (values, name) => secretOf(values, name),
    allowedActions: (name) => actionsOf(aws, stage, name),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}

async function readEnvironments(
  aws: AwsCli,
  { stage, region }: { readonly stage: string; readonly region: string },
): Promise<ReadonlyMap<FunctionName, Environment>> {
  const found = await Promise.all(
    functionNames.map(async (name) => {
      const answer = at(
        await aws('lambda', 'get-function-configuration', '--function-name', functionNameOf(stage, name)),
      );
      const values = at(answer?.['Environment'])?.['Variables'];
      // Lambda itself sets it.
      return answer === undefined
        ? []
        : [[name, { AWS_REGION: region, ...(values as Environment) }] as const];
    }),
  );
  return new Map(found.flat());
}

async function permits(aws: AwsCli, functionName: string): Promise<boolean> {
  const answer = at(await aws('lambda', 'get-policy', '--function-name', functionName));
  return typeof answer?.['Policy'] === 'string' && answer['Policy'].includes('cognito-idp.amazonaws.com');
}

async function invoke(aws: AwsCli, functionName: string, event: object): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-doctor-'));
  const file = path.join(directory, 'answer.json');
  try {
    const payload = ['--payload', JSON.stringify(event), '--cli-binary-format', 'raw-in-base64-out'];
    await aws('lambda', 'invoke', '--function-name', functionName, ...payload, file);
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function apiUrlOf(aws: AwsCli, stage: string): Promise<string> {
  const stack = stackNameOf(stage);
  const answer = at(await aws('cloudformation', 'describe-stacks', '--stack-name', stack));
  const [first] = listAt(answer?.['Stacks']);
  const output = listAt(first?.['Outputs']).find((one) => one['OutputKey'] === outputs.apiUrl);
  const url = output?.['OutputValue'];
  if (typeof url === 'string') return url.replace(/\/$/, '');
  throw new UsageError(`There is no stack ${stack}. Deployed without CDK: name the API with --api-url.`);
}

async function secretOf(values: Environment, name: string): Promise<string | undefined> {
  const arn = values[`${name}_SECRET_ARN`];
  if (arn === undefined || arn === '') return values[name];
  return fetchSecret(arn).catch(() => undefined);
}

async function actionsOf(aws: AwsCli, stage: string, name: FunctionName): Promise<readonly string[]> {
  const role = ['--role-name', roleNameOf(stage, name)];
  const listed = at(await aws('iam', 'list-role-policies', ...role));
  const names = Array.isArray(listed?.['PolicyNames']) ? listed['PolicyNames'].map(String) : [];
  const policies = await Promise.all(
    names.map(async (policy) => at(await aws('iam', 'get-role-policy', ...role, '--policy-name', policy))),
  );
  const statements = policies.flatMap((policy) => listAt(at(policy?.['PolicyDocument'])?.['Statement']));
  const actions = statements.flatMap(({ Action }) =>
    Array.isArray(Action) ? Action.map(String) : [String(Action)],
  );
  const own = /^(?:logs|sqs|xray):/;
  return [...new Set(actions.filter((action) => !own.test(action)))];
}

function at(value: unknown): UnknownRecord | undefined {
  return isRecord(value) ? value : undefined;
}

function listAt(value: unknown): readonly UnknownRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
