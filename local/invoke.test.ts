import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from './cloud/cloud.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('npm run invoke', () => {
  let directory: string;
  let cloud: LocalCloud;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
    cloud = await createLocalCloud({ ports, ephemeral: true, functionsDirectory: directory });
  });
  afterAll(async () => {
    await cloud.close();
    await rm(directory, { recursive: true });
  });

  const invoke = async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = cloud.env,
  ): Promise<Outcome> =>
    new Promise((resolve) => {
      const options = { cwd: root, env: { PATH: process.env['PATH'], ...env } };
      const child = execFile(
        process.execPath,
        ['--import', 'tsx', 'local/invoke.ts', ...args],
        options,
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        },
      );
      child.stdin?.end();
    });

  it('runs a function with its sample event and prints the result', async () => {
    const { code, stdout } = await invoke(['entitlements-api']);
    expect(code).toBe(0);
    expect(stdout).toContain('"statusCode": 200');
  });

  it.each(['stripe-webhook', 'revenuecat-webhook'])(
    'makes the sample of %s genuine, so that the function accepts it',
    async (name) => {
      const { code, stdout } = await invoke([name]);
      expect(stdout).toContain('"statusCode": 200');
      expect(code).toBe(0);
    },
  );

  it('exits with code 1 when the function answers with an error', async () => {
    const file = path.join(directory, 'anonymous.json');
    await writeFile(file, '{"version":"2.0","requestContext":{}}');
    const { code, stdout } = await invoke(['entitlements-api', file]);
    expect(stdout).toContain('"statusCode": 401');
    expect(code).toBe(1);
  });

  it('deletes a user only after a confirmation, or with --yes', async () => {
    const refused = await invoke(['delete-user']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('This permanently deletes 11111111-2222-4333-8444-555555555555');
    expect(refused.stderr).toContain(cloud.urls.dynamodb);
    expect(refused.stderr).toContain('run the command again with --yes');
    const done = await invoke(['delete-user', '--yes']);
    expect(done.stdout).toContain('"statusCode": 200');
  });

  it('lists the functions when the given name is unknown', async () => {
    const { code, stderr } = await invoke(['nonsense']);
    expect(code).toBe(1);
    expect(stderr).toContain('Unknown function nonsense');
    expect(stderr).toContain(
      'post-confirmation, stripe-webhook, stripe-webhook-intake, revenuecat-webhook, entitlements-api, delete-user',
    );
  });

  it('reports in one line which event file it cannot use', async () => {
    const file = path.join(directory, 'broken.json');
    await writeFile(file, '{"a":');
    expect((await invoke(['entitlements-api', file])).stderr).toBe(
      `The event file ${file} is not a JSON object.\n`,
    );
    const missing = await invoke(['entitlements-api', '/nowhere.json']);
    expect(missing.stderr).toMatch(/^The event file \/nowhere\.json cannot be read: ENOENT[^\n]*\n$/);
  });
});
