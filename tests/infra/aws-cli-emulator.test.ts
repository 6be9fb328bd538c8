/** The bash form against an emulated AWS, where one is found on the machine: moto's server, and the AWS CLI itself. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import { bash } from '../../infra/aws-cli/bash.ts';
import { scriptOf } from '../../infra/aws-cli/script.ts';
import { sectionsOf, WATCH_TITLE } from '../../infra/aws-cli/sections.ts';
import type { Call, Section } from '../../infra/aws-cli/step.ts';
import { stages } from '../../infra/config.ts';
import { functionNameOf, roleNameOf } from '../../infra/names.ts';
import { routes } from '../../infra/stack/routes.ts';
import { synthesize } from './synth.ts';

const run = promisify(execFile);
const dist = fileURLToPath(new URL('../../dist/functions', import.meta.url));

/** Its whole path; `undefined` where the machine does not have it, or has something of that name that does not run. */
function found(program: string, ...works: readonly string[]): string | undefined {
  const at = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
  return at !== '' && spawnSync(at, [...works]).status === 0 ? at : undefined;
}

const server = found('moto_server', '--help');
const cli = found('aws', '--version');
const config = stages.dev;
/** The others differ in names, environment and rights alone. */
const made: readonly FunctionName[] = ['post-confirmation', 'stripe-webhook', 'reconcile'];

describe.skipIf(server === undefined || cli === undefined)(
  'the bash form against an emulated AWS (skipped where moto_server and the AWS CLI are not installed)',
  () => {
    let folder: string;
    let emulator: ChildProcess;
    let said: string;
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
      // By an option, since older versions of the CLI do not apply the variable to every service.
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
      await answering(url);
      const template = synthesize(config, 'dev');
      const sections = inShort(sectionsOf({ stage: 'dev', config, template }));
      const script = path.join(folder, 'deploy.sh');
      writeFileSync(script, scriptOf({ stage: 'dev', config, sections }, bash));
      said = (await run('bash', [script], { cwd: folder, env, maxBuffer: 10_000_000 })).stdout;
    }, 300_000);
    afterAll(() => {
      emulator.kill();
      rmSync(folder, { recursive: true });
    });

    async function aws(...args: readonly string[]): Promise<unknown> {
      return JSON.parse((await run('aws', [...args, '--output', 'json'], { env })).stdout) as unknown;
    }
    const noted = (what: string) =>
      new RegExp(`^${what}: (?<value>\\S+)$`, 'm').exec(said)?.groups?.['value'] ?? '';

    it('makes both tables, protected and with point-in-time recovery', async () => {
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

    it('makes the functions, each with its own role', async () => {
      const { Functions } = (await aws('lambda', 'list-functions')) as {
        readonly Functions: readonly { readonly FunctionName: string; readonly Role: string }[];
      };
      const roleOf = Object.fromEntries(Functions.map(({ FunctionName, Role }) => [FunctionName, Role]));
      for (const name of made) {
        expect(roleOf[functionNameOf('dev', name)]).toMatch(new RegExp(`:role/${roleNameOf('dev', name)}$`));
      }
    });

    it('has the pool call the one function, and let it', async () => {
      const pool = await aws('cognito-idp', 'describe-user-pool', '--user-pool-id', noted('User pool'));
      const name = functionNameOf('dev', 'post-confirmation');
      expect(pool).toMatchObject({
        UserPool: { LambdaConfig: { PostConfirmation: expect.stringMatching(new RegExp(`:${name}$`)) } },
      });
      const { Policy } = (await aws('lambda', 'get-policy', '--function-name', name)) as { Policy: string };
      expect(Policy).toContain('cognito-idp.amazonaws.com');
    });

    it('opens the routes, with the authorizer before all but the webhook', async () => {
      const apiId = /^https:\/\/(?<id>\w+)/.exec(noted('API'))?.groups?.['id'] ?? '';
      const { Items } = (await aws('apigatewayv2', 'get-routes', '--api-id', apiId)) as {
        readonly Items: readonly { readonly RouteKey: string; readonly AuthorizationType: string }[];
      };
      const kinds = Object.fromEntries(
        Items.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]),
      );
      const due = routes.map(({ method, path: at, authorizer }) => [
        `${method} ${at}`,
        authorizer === 'cognito' ? 'JWT' : 'NONE',
      ]);
      expect(kinds).toEqual(Object.fromEntries(due));
    });
  },
);

/**
 * Half a second each, all of it for the AWS CLI to start: two dozen alarms of one shape, and four of seven functions
 * of one shape, would treble the time.
 */
function inShort(sections: readonly Section[]): readonly Section[] {
  const left = functionNames.filter((name) => !made.includes(name));
  const isOfThem = ({ service, label }: Call) =>
    ['logs', 'iam', 'lambda'].includes(service) && left.some((name) => label.endsWith(name));
  return sections
    .filter(({ title }) => title !== WATCH_TITLE)
    .map((section) => ({ ...section, calls: section.calls.filter((call) => !isOfThem(call)) }));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The emulator does not answer');
}
