/** What the local cloud does on a disk that becomes full. Only root can make a small disk, so others skip this. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { anyPorts, run, startIn } from '../tests/support/start-process.ts';
import type { Environment } from './cloud/environment.ts';

const BLOCK_BYTES = 4096;
const disk = mkdtempSync(path.join(tmpdir(), 'predixa-disk-'));
const isMounted = mount();

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function fill(): void {
  const file = openSync(path.join(disk, 'rest'), 'a');
  try {
    while (statfsSync(disk).bavail > 0) writeSync(file, Buffer.alloc(BLOCK_BYTES));
  } finally {
    closeSync(file);
  }
}

const amz = (target: string) => ({ 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' });
const signature =
  'AWS4-HMAC-SHA256 Credential=local/20270101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

/** A change of each system, and the file that it cannot write. */
const changes: Readonly<
  Record<string, { file: string; send: (env: Environment, n: number) => Promise<Response> }>
> = {
  stripe: {
    file: 'stripe.json.journal',
    send: (env) =>
      fetch(`${env['STRIPE_API_BASE']}/v1/customers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${env['STRIPE_API_KEY']}` },
      }),
  },
  revenuecat: {
    file: 'revenuecat.json.journal',
    send: (env, n) =>
      fetch(`${env['REVENUECAT_API_BASE']}/_simulator/customers/user-${n}/open`, { method: 'POST' }),
  },
  cognito: {
    file: 'cognito/.cognito/db/us-east-1_Predixa01.json',
    send: (env, n) =>
      fetch(env['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] ?? '', {
        method: 'POST',
        headers: amz('AWSCognitoIdentityProviderService.SignUp'),
        body: JSON.stringify({
          ClientId: env['COGNITO_CLIENT_ID'],
          Username: `user-${n}@example.com`,
          Password: 'Correct-horse-1',
        }),
      }),
  },
  dynamodb: {
    file: 'dynamodb',
    send: (env, n) =>
      fetch(env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', {
        method: 'POST',
        headers: {
          ...amz('DynamoDB_20120810.PutItem'),
          authorization: signature,
          'x-amz-date': '20270101T000000Z',
        },
        body: JSON.stringify({
          TableName: env['USERS_TABLE'],
          Item: { userId: { S: `user-${n}` }, text: { S: 'x'.repeat(BLOCK_BYTES) } },
        }),
      }),
  },
};

describe.skipIf(!isMounted)('A disk that becomes full', () => {
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  it.each(Object.entries(changes))(
    'ends the cloud at a change of %s, with one line and code 1',
    async (name, change) => {
      const directory = path.join(disk, name);
      const cloud = await startIn(directory);
      const shown = cloud.output().length;
      fill();
      // The first changes can still fit into what was reserved before.
      for (let n = 0, answered = true; n < 500 && answered; n += 1) {
        answered = await change.send(cloud.env, n).then(
          ({ ok }) => ok,
          () => false,
        );
      }
      expect(await cloud.exit).toBe(1);
      // A function can still log the event of a change that did fit.
      const lines = cloud.output().slice(shown).trimEnd().split('\n');
      expect(lines.filter((line) => !line.startsWith('stripe-webhook '))).toEqual([
        `Cannot write ${directory}/${change.file}: the disk is full (ENOSPC). Free some space and start again.`,
      ]);
      rmSync(path.join(disk, 'rest'));
      const again = await startIn(directory);
      again.child.kill('SIGTERM');
      expect(await again.exit).toBe(0);
      rmSync(directory, { recursive: true });
    },
  );

  it('keeps the cloud from starting, with one line and code 1', async () => {
    fill();
    const directory = path.join(disk, 'new');
    const started = run([...anyPorts, '--no-build', '--directory', directory]);
    expect(await started.exit).toBe(1);
    expect(started.output().split('\n').slice(-2).join('\n')).toMatch(
      /^Cannot write .*: the disk is full \(ENOSPC\)\. Free some space and start again\.\n$/,
    );
  });
});
