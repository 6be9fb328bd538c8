/** Builds the functions, and starts the embedded DynamoDB and Cognito that all tests share. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { openCognito } from '../../local/cognito/open.ts';
import { userPoolId } from '../../local/cognito/pool.ts';
import { openDynamoDb } from '../../local/dynamodb/open.ts';
import { buildFunctions, buildPoolTrigger } from '../../scripts/build.ts';

declare module 'vitest' {
  interface ProvidedContext {
    dynamoDbUrl: string;
    cognitoUrl: string;
    userPoolId: string;
    operationsDirectory: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = path.join(root, 'dist');

async function buildOperations(outdir: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, 'operations', '*.ts')],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-tests-'));
  // Inside the project, so that Node finds the packages that the bundles leave out.
  await mkdir(dist, { recursive: true });
  const operationsDirectory = await mkdtemp(path.join(dist, 'operations-'));
  const port = { service: 'the tests', port: 0, flag: '' };
  const [dynamoDb, cognito] = await Promise.all([
    openDynamoDb({ port, directory: path.join(directory, 'dynamodb') }),
    openCognito({
      port,
      directory: path.join(directory, 'cognito'),
      confirmationCode: '123456',
      // Tests of the trigger call it themselves, or start their own local cloud.
      trigger: { lambdaUrl: 'http://127.0.0.1:9', functionName: 'post-confirmation', timeoutMs: 1_000 },
    }),
    buildFunctions(),
    buildPoolTrigger(),
    buildOperations(operationsDirectory),
  ]);
  await cognito.ready();
  project.provide('dynamoDbUrl', dynamoDb.url);
  project.provide('cognitoUrl', cognito.url);
  project.provide('userPoolId', userPoolId);
  project.provide('operationsDirectory', operationsDirectory);
  return async () => {
    await Promise.all([dynamoDb.close(), cognito.close()]);
    for (const one of [directory, operationsDirectory]) await rm(one, { recursive: true, force: true });
  };
}
