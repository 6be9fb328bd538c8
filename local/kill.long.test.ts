/** Kills the running local cloud again and again, and compares what it has afterwards with what it has answered. */
import { appendFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CognitoIdentityProviderClient,
  ListUsersCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyPorts, type RunningCloud, run, startIn } from '../tests/support/start-process.ts';
import type { Environment } from './cloud/environment.ts';

const ROUNDS = 6;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'predixa-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function clientsOf(env: Environment) {
  const aws = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // A repeated request could meet the next process.
    maxAttempts: 1,
  };
  const stripeUrl = new URL(env['STRIPE_API_BASE'] ?? '');
  return {
    env,
    cognito: new CognitoIdentityProviderClient({
      ...aws,
      endpoint: env['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] ?? '',
    }),
    dynamodb: new DynamoDBClient({ ...aws, endpoint: env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' }),
    stripe: new Stripe(env['STRIPE_API_KEY'] ?? '', {
      host: stripeUrl.hostname,
      port: stripeUrl.port,
      protocol: 'http',
      maxNetworkRetries: 0,
    }),
  };
}

type Clients = ReturnType<typeof clientsOf>;

/** One way to change each system, and to see later whether the change is there. */
const systems: readonly {
  readonly name: string;
  readonly change: (clients: Clients, n: string) => Promise<unknown>;
  readonly missing: (clients: Clients, changes: readonly string[]) => Promise<readonly string[]>;
}[] = [
  {
    name: 'cognito',
    change: ({ cognito, env }, n) =>
      cognito.send(
        new SignUpCommand({
          ClientId: env['COGNITO_CLIENT_ID'],
          Username: `${n}@example.com`,
          Password: 'Correct-horse-1',
        }),
      ),
    missing: async ({ cognito, env }, changes) => {
      const { Users = [] } = await cognito.send(
        new ListUsersCommand({ UserPoolId: env['COGNITO_USER_POOL_ID'] }),
      );
      const emails = new Set(Users.flatMap(({ Attributes = [] }) => Attributes.map(({ Value }) => Value)));
      return changes.filter((n) => !emails.has(`${n}@example.com`));
    },
  },
  {
    name: 'dynamodb',
    change: ({ dynamodb, env }, n) =>
      dynamodb.send(new PutItemCommand({ TableName: env['USERS_TABLE'], Item: { userId: { S: n } } })),
    missing: async ({ dynamodb, env }, changes) => {
      const items = await Promise.all(
        changes.map((n) =>
          dynamodb.send(new GetItemCommand({ TableName: env['USERS_TABLE'], Key: { userId: { S: n } } })),
        ),
      );
      return changes.filter((_, index) => items[index]?.Item === undefined);
    },
  },
  {
    name: 'stripe',
    change: ({ stripe }, n) => stripe.customers.create({ name: n }),
    missing: async ({ stripe }, changes) => {
      const names = new Set<string | null | undefined>();
      for await (const { name } of stripe.customers.list({ limit: 100 })) names.add(name);
      return changes.filter((n) => !names.has(n));
    },
  },
  {
    name: 'revenuecat',
    change: async ({ env }, n) => {
      const answer = await fetch(`${env['REVENUECAT_API_BASE']}/_simulator/customers/${n}/open`, {
        method: 'POST',
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    missing: async ({ env }, changes) => {
      const answers = await Promise.all(
        changes.map((n) =>
          fetch(`${env['REVENUECAT_API_BASE']}/v2/projects/${env['REVENUECAT_PROJECT_ID']}/customers/${n}`, {
            headers: { authorization: `Bearer ${env['REVENUECAT_API_KEY']}` },
          }),
        ),
      );
      return changes.filter((_, index) => answers[index]?.status !== 200);
    },
  },
];

async function killAll({ child, exit }: RunningCloud, alsoChildren: boolean): Promise<void> {
  // Killing the group also ends the emulators in the middle of their work.
  process.kill(alsoChildren ? -(child.pid ?? 0) : (child.pid ?? 0), 'SIGKILL');
  await exit;
}

describe('A local cloud that is killed', () => {
  it('loses nothing that it has answered, and starts again at once', async () => {
    const directory = path.join(folder, 'killed');
    const answered = new Map(systems.map(({ name }) => [name, [] as string[]]));
    const countOf = () => Math.min(...[...answered.values()].map((changes) => changes.length));

    for (let round = 1; round <= ROUNDS; round += 1) {
      const cloud = await startIn(directory);
      const clients = clientsOf(cloud.env);
      const before = countOf();
      const writers = systems.flatMap(({ name, change }) =>
        ['a', 'b'].map(async (writer) => {
          try {
            for (let n = 1; ; n += 1) {
              const id = `${name}-${round}-${writer}-${n}`;
              await change(clients, id);
              answered.get(name)?.push(id);
            }
          } catch {
            // The cloud was killed.
          }
        }),
      );
      await expect.poll(countOf, { interval: 1, timeout: 30_000 }).toBeGreaterThan(before + round * 3);
      await killAll(cloud, round % 2 === 0);
      await Promise.all(writers);
    }

    const cloud = await startIn(directory);
    const clients = clientsOf(cloud.env);
    for (const { name, missing } of systems) {
      expect([name, await missing(clients, answered.get(name) ?? [])]).toEqual([name, []]);
    }
    cloud.child.kill('SIGTERM');
    expect(await cloud.exit).toBe(0);
    expect((await readdir(directory)).sort()).toEqual([
      'cognito',
      'dynamodb',
      'format.json',
      'logs',
      'revenuecat.json',
      'secrets.json',
      'stripe.json',
    ]);
  });
});

describe('npm start', () => {
  let saved: string;
  beforeAll(async () => {
    saved = path.join(folder, 'saved');
    const cloud = await startIn(saved);
    await clientsOf(cloud.env).stripe.customers.create({ name: 'Ann' });
    await killAll(cloud, true);
  });

  const advice = 'Restore the folder from a copy, or empty the local cloud with npm start -- --reset.';
  const cognitoFile = 'cognito/.cognito/db/us-east-1_Predixa01.json';

  async function startDamaged(name: string, damage: (directory: string) => Promise<unknown>) {
    const directory = path.join(folder, name);
    await cp(saved, directory, { recursive: true });
    await damage(directory);
    const started = run([...anyPorts, '--no-build', '--directory', directory]);
    const code = await started.exit;
    const errors = started
      .output()
      .split('\n')
      .filter((line) => line !== '' && !/^( |Starting the local)/.test(line));
    return { directory, code, errors };
  }

  it.each<[string, (directory: string) => Promise<unknown>, (directory: string) => string]>([
    [
      'a damaged state file of Stripe',
      (directory) =>
        truncate(path.join(directory, 'stripe.json'), 100).catch(() =>
          writeFile(path.join(directory, 'stripe.json'), '{"ver'),
        ),
      (directory) => `The simulator's state file ${directory}/stripe.json is not valid JSON. ${advice}`,
    ],
    [
      'a damaged journal of Stripe',
      async (directory) => {
        const file = path.join(directory, 'stripe.json.journal');
        await writeFile(file, (await readFile(file, 'utf8')).replace('"Ann"', '"Bob"'));
      },
      (directory) =>
        `${directory}/stripe.json.journal is damaged in line LINE: it was changed after it was written. ${advice}`,
    ],
    [
      'a damaged state file of RevenueCat',
      (directory) => writeFile(path.join(directory, 'revenuecat.json'), '[]'),
      (directory) =>
        `The simulator's state file ${directory}/revenuecat.json is in an unsupported format. ${advice}`,
    ],
    [
      'half of the users',
      (directory) => truncate(path.join(directory, cognitoFile), 300),
      (directory) =>
        `${directory}/${cognitoFile} is damaged: it is not what the local cloud wrote. ${advice}`,
    ],
    [
      'tables that cannot be opened',
      (directory) => writeFile(path.join(directory, 'dynamodb/CURRENT'), 'MANIFEST-nonsense\n'),
      (directory) => `${directory}/dynamodb cannot be used: REASON. ${advice}`,
    ],
    [
      'damaged secrets',
      (directory) => truncate(path.join(directory, 'secrets.json'), 20),
      (directory) =>
        `${directory}/secrets.json is damaged: it is not valid JSON. Delete it, and new webhook secrets are created.`,
    ],
    [
      'a format that only a newer version knows',
      (directory) => writeFile(path.join(directory, 'format.json'), '{"format":2}'),
      (directory) =>
        `${directory} was written by a newer version of the local cloud (format 2; this one reads 1). Start that version, choose another folder with --directory, or empty this one with npm start -- --reset.`,
    ],
    [
      'a state of Stripe that only a newer version knows',
      (directory) => writeFile(path.join(directory, 'stripe.json'), '{"version":4}'),
      (directory) =>
        `The simulator's state file ${directory}/stripe.json is in format 4, which a newer version of the simulator wrote; this one reads up to 3. ${advice}`,
    ],
  ])('refuses %s with one line and code 1', async (name, damage, expected) => {
    const { directory, code, errors } = await startDamaged(name.replaceAll(' ', '-'), damage);
    const lines = errors.map((line) =>
      line.replace(/line \d+/, 'line LINE').replace(/(used: ).*(\. Restore)/, '$1REASON$2'),
    );
    expect({ code, lines }).toEqual({ code: 1, lines: [expected(directory)] });
  });

  it('starts with --reset, whatever is damaged, and keeps the secrets', async () => {
    const directory = path.join(folder, 'reset');
    await cp(saved, directory, { recursive: true });
    for (const file of [
      'stripe.json',
      'stripe.json.journal',
      'revenuecat.json',
      cognitoFile,
      'dynamodb/CURRENT',
      'format.json',
    ]) {
      await appendFile(path.join(directory, file), '{');
    }
    const secrets = await readFile(path.join(directory, 'secrets.json'), 'utf8');
    const cloud = await startIn(directory, ['--reset']);
    expect((await clientsOf(cloud.env).stripe.customers.list()).data).toEqual([]);
    expect(await readFile(path.join(directory, 'secrets.json'), 'utf8')).toBe(secrets);
    cloud.child.kill('SIGTERM');
    expect(await cloud.exit).toBe(0);
  });

  it('refuses a directory that another local cloud uses, and only while that one runs', async () => {
    const directory = path.join(folder, 'twice');
    const first = await startIn(directory);
    const second = run([...anyPorts, '--no-build', '--directory', directory]);
    expect(await second.exit).toBe(1);
    expect(second.output().split('\n').slice(-2).join('\n')).toBe(
      `${directory} is in use by another local cloud (process ${first.child.pid}). Stop that one, choose another directory with --directory, or keep nothing on disk with --ephemeral.\n`,
    );
    await killAll(first, false);
    const third = await startIn(directory);
    third.child.kill('SIGTERM');
    expect(await third.exit).toBe(0);
  });

  it('refuses a directory that is a file', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const started = run([...anyPorts, '--no-build', '--directory', path.join(file, 'data')]);
    expect(await started.exit).toBe(1);
    expect(started.output().split('\n').slice(-2).join('\n')).toBe(
      `Cannot write ${file}/data: a part of the path is no folder (ENOTDIR). Choose another one with --directory.\n`,
    );
  });
});
