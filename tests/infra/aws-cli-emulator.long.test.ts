/** Runs the bash script against an emulated AWS (moto's server) with the real AWS CLI, if both are installed. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../contract/functions.ts';
import { bash } from '../../infra/aws-cli/bash.ts';
import { scriptOf } from '../../infra/aws-cli/script.ts';
import { sectionsOf, WATCH_TITLE } from '../../infra/aws-cli/sections.ts';
import type { Call, Section } from '../../infra/aws-cli/step.ts';
import { stages } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { functionNameOf, roleNameOf } from '../../infra/names.ts';
import { routesOf } from '../../infra/stack/routes.ts';
import { synthesize } from './synth.ts';

const run = promisify(execFile);
const dist = fileURLToPath(new URL('../../dist/functions', import.meta.url));

/** Returns the path of a program, or `undefined` if it is not installed or does not run. */
function locate(program: string, ...works: readonly string[]): string | undefined {
  const at = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
  return at !== '' && spawnSync(at, [...works]).status === 0 ? at : undefined;
}

const server = locate('moto_server', '--help');
const cli = locate('aws', '--version');
const config = stages.dev;
/** The functions under test. The others differ only in names, environment and permissions. */
const tested: readonly FunctionName[] = ['post-confirmation', 'stripe-webhook', 'reconcile'];

describe.skipIf(server === undefined || cli === undefined)(
  'The bash script against an emulated AWS (skipped unless moto_server and the AWS CLI are installed)',
  () => {
    let folder: string;
    let emulator: ChildProcess;
    let output: string;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'predixa-emulator-'));
      mkdirSync(path.join(folder, 'dist', 'aws-cli'), { recursive: true });
      symlinkSync(dist, path.join(folder, 'dist', 'functions'));
      for (const file of ['stripe-api-key', 'trial-hash-key'])
        writeFileSync(path.join(folder, 'dist', 'aws-cli', `${file}.txt`), `${file} of a test\n`);
      const port = await freePort();
      emulator = spawn(server ?? '', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      const url = `http://127.0.0.1:${String(port)}`;
      // Older versions of the CLI do not apply the environment variable to every service, so this uses the option.
      const wrapper = path.join(folder, 'aws');
      writeFileSync(wrapper, `#!/bin/sh\nexec ${cli ?? ''} --endpoint-url ${url} "$@"\n`);
      chmodSync(wrapper, 0o755);
      env = {
        ...process.env,
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        AWS_REGION: config.region,
        AWS_DEFAULT_REGION: config.region,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      };
      await waitForServer(url);
      const template = synthesize(config, 'dev');
      const sections = shortened(sectionsOf({ stage: 'dev', config, template }));
      const script = path.join(folder, 'deploy.sh');
      writeFileSync(script, scriptOf({ stage: 'dev', config, sections }, bash));
      output = (await run('bash', [script], { cwd: folder, env, maxBuffer: 10_000_000 })).stdout;
    }, 300_000);
    afterAll(() => {
      emulator.kill();
      rmSync(folder, { recursive: true });
    });

    async function aws(...args: readonly string[]): Promise<unknown> {
      return JSON.parse((await run('aws', [...args, '--output', 'json'], { env })).stdout) as unknown;
    }
    const outputValue = (name: string) =>
      new RegExp(`^${name}: (?<value>\\S+)$`, 'm').exec(output)?.groups?.['value'] ?? '';

    it('creates both tables with deletion protection and point-in-time recovery', async () => {
      for (const { name } of Object.values(config.tables)) {
        expect(await aws('dynamodb', 'describe-table', '--table-name', name)).toMatchObject({
          Table: { DeletionProtectionEnabled: true, BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } },
        });
        expect(await aws('dynamodb', 'describe-continuous-backups', '--table-name', name)).toMatchObject({
          ContinuousBackupsDescription: {
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
          },
        });
      }
    });

    it('creates the functions, each with its own role', async () => {
      const { Functions } = (await aws('lambda', 'list-functions')) as {
        readonly Functions: readonly { readonly FunctionName: string; readonly Role: string }[];
      };
      const roleOf = Object.fromEntries(Functions.map(({ FunctionName, Role }) => [FunctionName, Role]));
      for (const name of tested) {
        expect(roleOf[functionNameOf('dev', name)]).toMatch(new RegExp(`:role/${roleNameOf('dev', name)}$`));
      }
    });

    it('makes the pool call the trigger function and permits the call', async () => {
      const pool = await aws('cognito-idp', 'describe-user-pool', '--user-pool-id', outputValue('User pool'));
      const name = functionNameOf('dev', 'post-confirmation');
      expect(pool).toMatchObject({
        UserPool: { LambdaConfig: { PostConfirmation: expect.stringMatching(new RegExp(`:${name}$`)) } },
      });
      const { Policy } = (await aws('lambda', 'get-policy', '--function-name', name)) as { Policy: string };
      expect(Policy).toContain('cognito-idp.amazonaws.com');
    });

    it('creates the routes, all authorized except the webhook', async () => {
      const apiId = /^https:\/\/(?<id>\w+)/.exec(outputValue('API'))?.groups?.['id'] ?? '';
      const { Items } = (await aws('apigatewayv2', 'get-routes', '--api-id', apiId)) as {
        readonly Items: readonly { readonly RouteKey: string; readonly AuthorizationType: string }[];
      };
      const kinds = Object.fromEntries(
        Items.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]),
      );
      const expected = routesOf(config).map(({ method, path: at, authorizer }) => [
        `${method} ${at}`,
        authorizer === 'cognito' ? 'JWT' : 'NONE',
      ]);
      expect(kinds).toEqual(Object.fromEntries(expected));
    });
  },
);

/**
 * Leaves out the alarms and four of the seven functions. Each command takes half a second for the AWS CLI to start, so
 * these similar commands would triple the test's duration.
 */
function shortened(sections: readonly Section[]): readonly Section[] {
  const omitted = functionsOf(config).filter((name) => !tested.includes(name));
  const isOmitted = ({ service, label }: Call) =>
    ['logs', 'iam', 'lambda'].includes(service) && omitted.some((name) => label.endsWith(name));
  return sections
    .filter(({ title }) => title !== WATCH_TITLE)
    .map((section) => ({ ...section, calls: section.calls.filter((call) => !isOmitted(call)) }));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function waitForServer(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The emulator does not respond');
}
