import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import { monthlyPrice, payingCustomer } from '../tests/support/payers.ts';
import { type RunningScript, scriptStarter } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

let stage: Stage;
let directory: string;
let poolId: string;
let start: (command: string, ...args: readonly string[]) => RunningScript;

beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  const { UserPool } = await stage.cognito.send(new CreateUserPoolCommand({ PoolName: 'interrupted' }));
  poolId = UserPool?.Id ?? '';
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-interrupt-'));
  const env = { ...stage.env, COGNITO_USER_POOL_ID: poolId };
  start = (command, ...args) =>
    scriptStarter(new URL(command, import.meta.url), { cwd: directory, env })(...args);
  return async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  };
});

/** Creates a paying user whose row says `none`, and returns the user's sub. */
async function payer(name: string): Promise<string> {
  const sub = await poolUser(`${name}@example.com`);
  const price = await monthlyPrice(stage);
  const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  return sub;
}

async function poolUser(email: string): Promise<string> {
  const command = new AdminCreateUserCommand({
    UserPoolId: poolId,
    Username: email,
    MessageAction: 'SUPPRESS',
  });
  const { User } = await stage.cognito.send(command);
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

describe('npm run reconcile', () => {
  it('resumes where it was killed', async () => {
    const sub = await payer('user-a');
    const held = stage.wires.stripe.holdNext('GET /v1/customers');
    const killed = start('reconcile.ts');
    await held.reached;
    killed.process.kill('SIGKILL');
    await killed.end;
    held.release();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    stage.calm();
    const { code, text } = await start('reconcile.ts').end;
    expect(code).toBe(2);
    expect(text).toContain('An earlier run stopped at the check customers');
    expect(text).toMatch(/synced +1\n/);
    // The listing of subscriptions comes before that of customers. A later check asks about single subscriptions.
    expect(stage.wires.stripe.names()[0]).toBe('GET /v1/customers');
    expect((await start('reconcile.ts').end).code).toBe(0);
  });

  it('stops on Ctrl-C after the current repair, and resumes with what is left', async () => {
    const subs = [await payer('user-a'), await payer('user-b')];
    const held = stage.wires.stripe.holdNext('GET /v1/entitlements/active_entitlements');
    const stopped = start('reconcile.ts');
    await held.reached;
    stopped.process.kill('SIGINT');
    await printed(stopped, 'Stopping after the current repair');
    held.release();
    expect(await stopped.end).toMatchObject({ code: 130, text: expect.stringMatching(/synced +1\n/) });
    const statuses = async () => {
      const rows = await Promise.all(subs.map((sub) => stage.entitlement(sub)));
      return rows.map((row) => String(row?.['status'])).toSorted((a, b) => a.localeCompare(b));
    };
    expect(await statuses()).toEqual(['active', 'none']);
    const file = await readFile(path.join(directory, '.reconcile', 'run-1-of-1.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ check: 'subscriptions', report: { outcomes: { synced: 1 } } });
    expect(await start('reconcile.ts').end).toMatchObject({ text: expect.stringMatching(/synced +2\n/) });
    expect(await statuses()).toEqual(['active', 'active']);
  });

  it('writes nothing to any system with --dry-run, whatever differs', async () => {
    await payer('user-a');
    await poolUser('new@example.com');
    await stage.putProfile({ userId: 'user-b', predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    await stage.putEntitlement({ cognito_sub: 'user-c', status: 'active' });
    await stage.stripe.customers.create({ metadata: { cognito_sub: 'user-d' } });
    stage.calm();
    const { code, text } = await start('reconcile.ts', '--dry-run').end;
    expect(code).toBe(2);
    expect(text).toMatch(/found +5\n/);
    expect(text).toContain('Dry run: nothing was changed.');
    expect(writes()).toEqual([]);
  });
});

describe('npm run backfill', () => {
  it('resumes where it was killed, and never creates two customers for one user', async () => {
    const subs = [
      await poolUser('a@example.com'),
      await poolUser('b@example.com'),
      await poolUser('c@example.com'),
    ];
    await start('backfill.ts', '--dry-run').end;
    expect(writes()).toEqual([]);
    let made = 0;
    const killed = { script: undefined as RunningScript | undefined };
    stage.wires.stripe.fail(({ name }) => {
      if (name === 'POST /v1/customers') made += 1;
      if (name !== 'POST /v1/customers' || made !== 2) return undefined;
      // Stripe has created the customer, and the response is lost.
      return { when: 'after', end: async () => void killed.script?.process.kill('SIGKILL') };
    });
    killed.script = start('backfill.ts');
    await killed.script.end;
    stage.calm();
    expect((await start('backfill.ts').end).code).toBe(0);
    const { data } = await stage.stripe.customers.list();
    expect(data).toHaveLength(subs.length);
    expect(new Set(data.map(({ metadata }) => metadata['cognito_sub']))).toEqual(new Set(subs));
    for (const sub of subs) expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('resumes the search for customers with a user’s address, and suggests each once', async () => {
    const sub = await poolUser('ada@example.com');
    expect(sub).not.toBe('');
    for (let n = 0; n < 101; n += 1) await stage.stripe.customers.create({ email: 'ada@example.com' });
    const held = stage.wires.stripe.holdNext('GET /v1/customers');
    const script = start('backfill.ts', '--dry-run');
    await held.reached;
    const second = stage.wires.stripe.holdNext('GET /v1/customers');
    held.release();
    await second.reached;
    script.process.kill('SIGKILL');
    await script.end;
    second.release();
    const { text } = await start('backfill.ts', '--dry-run').end;
    expect(text).toContain('An earlier run stopped at the check email_matches');
    expect(text).toContain("101 customers share a user's email address");
    const file = await readFile(path.join(directory, '.backfill', 'suggestions.txt'), 'utf8');
    const suggested = file.split('\n').filter((line) => line.includes('=') && line.includes('cus_'));
    expect(new Set(suggested).size).toBe(101);
    expect(suggested).toHaveLength(101);
  });
});

function writes(): readonly string[] {
  const { dynamodb, stripe, cognito } = stage.wires;
  const names = [...dynamodb.names(), ...stripe.names(), ...cognito.names()];
  const reads = ['GetItem', 'BatchGetItem', 'Scan', 'ListUsers', 'AdminGetUser'];
  return names.filter((name) => !reads.includes(name) && !name.startsWith('GET /'));
}

/** Resolves when the script has printed this text to standard error. */
function printed({ process: { stderr } }: RunningScript, text: string): Promise<void> {
  return new Promise((resolve) => {
    let seen = '';
    stderr?.on('data', (chunk: Buffer | string) => {
      seen += String(chunk);
      if (seen.includes(text)) resolve();
    });
  });
}
