import { spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anyPorts, root, run } from '../tests/support/start-process.ts';
import { createLocalCloud } from './cloud/cloud.ts';

describe('npm start', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'shows its progress and all addresses, and stops cleanly on %s',
    async (signal) => {
      // The functions are already built. Another build would remove them while tests in other processes use them.
      const started = run([...anyPorts, '--no-build', '--directory', directory]);
      await started.waitFor('npm run tour runs them all');
      const steps = ['Starting the local cloud', 'Starting DynamoDB', 'Creating tables', 'is ready'];
      const positions = steps.map((step) => started.output().indexOf(step));
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(positions[0]).toBe(0);
      for (const text of ['http://127.0.0.1:', 'us-east-1_', '123456', `source ${directory}/env`]) {
        expect(started.output()).toContain(text);
      }
      started.child.kill(signal);
      expect(await started.exit).toBe(0);
      for (const file of ['env', 'lock']) {
        await expect(access(path.join(directory, file))).rejects.toThrow('ENOENT');
      }
    },
  );

  it('stops when the npm process that started it no longer exists', async () => {
    const args = ['--import', 'tsx', 'local/start.ts', ...anyPorts, '--no-build', '--directory', directory];
    const shell = spawn('sh', ['-c', '"$@"; exit 0', 'sh', process.execPath, ...args], {
      cwd: root,
      env: { ...process.env, npm_lifecycle_event: 'start' },
    });
    const output = shell.stdout;
    await new Promise<void>((resolve) => {
      output.on('data', (chunk: Buffer) => {
        if (chunk.includes('The local cloud is ready')) resolve();
      });
    });
    shell.kill('SIGKILL');
    // The pipe closes with the last process that holds it: the local cloud.
    await new Promise((resolve) => output.once('close', resolve));
    await expect(access(path.join(directory, 'lock'))).rejects.toThrow('ENOENT');
  });

  it('reports in one line which port is taken, which service needs it, and how to choose another', async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    const other = await createLocalCloud({ ports, ephemeral: true, functionsDirectory: directory });
    const { port } = new URL(other.urls.api);
    const started = run([...anyPorts, `--dynamodb-port=${port}`, '--no-build', '--ephemeral']);
    expect(await started.exit).toBe(1);
    expect(started.output().split('\n').slice(-2).join('\n')).toBe(
      `Port ${port} is already in use: DynamoDB needs it. Choose another with --dynamodb-port PORT (0 = any free one).\n`,
    );
    await other.close();
  });

  it.each([
    [['--api-port=x'], '--api-port must be a number from 0 to 65535, not x.\n'],
    [['--payload=soap'], '--payload must be http or rest, not soap.\n'],
    [['--nonsense'], "Unknown option '--nonsense'\n"],
    [
      ['--ephemeral', '--directory=data'],
      '--ephemeral keeps no data, so it cannot be combined with --directory. Choose one of them.\n',
    ],
  ])('rejects the arguments %j with one line', async (args, line) => {
    const started = run(args);
    expect(await started.exit).toBe(1);
    expect(started.output()).toBe(line);
  });
});
