/** Reads a stage in AWS with the credentials of the shell. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import { cleanText } from '../../core/settings/text.ts';
import { Fault } from '../../core/system/fault.ts';
import { isRecord, type UnknownRecord } from '../../core/system/record.ts';
import { functionsOf } from '../../infra/functions.ts';
import { functionNameOf, outputs, stackNameOf } from '../../infra/names.ts';
import { UsageError } from '../cli/command.ts';
import { shellCredentials } from '../cli/shell-credentials.ts';
import type { Stage } from '../cli/stage.ts';
import { type AwsCli, awsCli } from './aws-cli.ts';
import { awsFacts } from './aws-facts.ts';
import type { Installation, TriggerFacts } from './installation.ts';
import { liveFixes } from './live-fixes.ts';
import { arnIn, type DeployedFunction, roleOf } from './live-roles.ts';
import { mayCall } from './trigger-policy.ts';

export function liveInstallation(
  { name: stage, config }: Stage,
  given: { readonly apiUrl?: string | undefined } = {},
): Installation {
  const { region } = config;
  const aws = awsCli(region);
  const facts = awsFacts(region, { protects: true });
  const deployed = once(() => readFunctions(aws, { name: stage, config }));
  const apiUrl = once(async () => given.apiUrl?.replace(/\/+$/, '') ?? (await apiUrlOf(aws, stage)));
  const trigger = functionNameOf(stage, 'post-confirmation');
  let triggerArn = '';
  return {
    label: `stage ${stage} in ${region}`,
    functions: functionsOf(config),
    isProduction: stage === 'prod',
    fixes: liveFixes({ stage, config, byHand: given.apiUrl !== undefined, triggerArn: () => triggerArn }),
    reach: async () => {
      await checkCredentials(aws, { name: stage, config });
      const found = await deployed();
      triggerArn = found.get('post-confirmation')?.functionArn ?? '';
      if (found.size === 0 && (await apiUrl().catch(() => undefined)) === undefined)
        throw new UsageError(
          `Stage ${stage} is not deployed in ${region}. Run npm run deploy -- --stage ${stage}`,
        );
      await apiUrl();
    },
    environments: async () =>
      new Map([...(await deployed())].map(([name, { environment }]) => [name, environment])),
    table: (name) => facts.table(name),
    adoptionComplete: (table) => facts.adoptionComplete(table),
    trigger: async (poolId) => {
      const pool = await facts.poolTrigger(poolId);
      return pool === undefined ? undefined : triggerFacts(aws, { poolId, trigger, calls: pool.calls });
    },
    callTrigger: (event) => invoke(aws, trigger, event),
    apiUrl,
    secret: secretOf,
    role: async (name) => {
      const found = (await deployed()).get(name);
      // The variables check reports a missing function.
      return found === undefined ? null : roleOf(aws, found);
    },
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}

async function checkCredentials(aws: AwsCli, { name, config }: Stage): Promise<void> {
  const caller = at(
    await aws('sts', 'get-caller-identity').catch((cause: unknown) => {
      if (cause instanceof UsageError) throw cause;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
      if (/expired/i.test(code))
        throw new UsageError(
          'The AWS credentials of this shell have expired. Run aws sso login or set new ones.',
        );
      throw new UsageError(
        `AWS rejects the credentials of this shell (${code}). Run aws sts get-caller-identity for details.`,
      );
    }),
  );
  const account = caller?.['Account'];
  if (config.account !== null && account !== config.account)
    throw new UsageError(
      `The credentials of this shell belong to account ${String(account)}, but stage ${name} is in ${config.account}. Use another profile.`,
    );
}

async function readFunctions(
  aws: AwsCli,
  { name: stage, config }: Stage,
): Promise<ReadonlyMap<FunctionName, DeployedFunction>> {
  const found = await Promise.all(
    functionsOf(config).map(async (name) => {
      const deployedName = functionNameOf(stage, name);
      const answer = at(await aws('lambda', 'get-function-configuration', '--function-name', deployedName));
      if (answer === undefined) return [];
      const values = at(answer['Environment'])?.['Variables'];
      // Lambda sets the region itself.
      const environment = { AWS_REGION: config.region, ...(values as Environment) };
      const { FunctionArn, Role } = answer;
      const arns = { functionArn: String(FunctionArn), roleArn: String(Role) };
      return [[name, { name, stage, config, environment, ...arns }] as const];
    }),
  );
  return new Map(found.flat());
}

async function triggerFacts(
  aws: AwsCli,
  pool: { readonly poolId: string; readonly trigger: string; readonly calls: string | null },
): Promise<TriggerFacts> {
  // The ARN is `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, optionally followed by a version or an alias.
  const parts = pool.calls?.split(':') ?? [];
  const calls = parts[6] ?? null;
  if (calls !== pool.trigger) return { calls, expected: pool.trigger, permitted: false };
  const qualifier = parts[7] === undefined ? [] : ['--qualifier', parts[7]];
  const answer = at(await aws('lambda', 'get-policy', '--function-name', pool.trigger, ...qualifier));
  const poolArn = arnIn(pool.calls ?? '', 'cognito-idp', `userpool/${pool.poolId}`);
  return { calls, expected: pool.trigger, permitted: mayCall(answer?.['Policy'], poolArn) };
}

async function invoke(aws: AwsCli, functionName: string, event: object): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-doctor-'));
  const file = path.join(directory, 'answer.json');
  try {
    // The event goes through a file, because Windows removes the quotes in an argument.
    const payload = path.join(directory, 'event.json');
    await writeFile(payload, JSON.stringify(event));
    await aws('lambda', 'invoke', '--function-name', functionName, '--payload', `fileb://${payload}`, file);
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function apiUrlOf(aws: AwsCli, stage: string): Promise<string> {
  const stack = stackNameOf(stage);
  const answer = at(await aws('cloudformation', 'describe-stacks', '--stack-name', stack));
  const [first] = listAt(answer?.['Stacks']);
  const output = listAt(first?.['Outputs']).find((entry) => entry['OutputKey'] === outputs.apiUrl);
  const url = output?.['OutputValue'];
  if (typeof url === 'string') return url.replace(/\/$/, '');
  throw new UsageError(
    `There is no stack ${stack}. If the stage was deployed without the CDK, pass the API’s URL with --api-url.`,
  );
}

async function secretOf(values: Environment, name: string): Promise<string | undefined> {
  const reader = new EnvironmentReader(values);
  const given = reader.raw(name);
  const arn = reader.raw(`${name}_SECRET_ARN`);
  // As in the functions, a value counts before an ARN.
  if (given !== undefined || arn === undefined) return given;
  return fetchSecret(cleanText(arn), shellCredentials).catch((cause: unknown) => {
    if (!(cause instanceof Fault)) throw cause;
    // A missing permission must not be reported as a missing secret.
    if (cause.cause instanceof Error && cause.cause.name === 'ResourceNotFoundException') return undefined;
    throw cause;
  });
}

function at(value: unknown): UnknownRecord | undefined {
  return isRecord(value) ? value : undefined;
}

function listAt(value: unknown): readonly UnknownRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
