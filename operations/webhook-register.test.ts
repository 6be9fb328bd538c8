import { tmpdir } from 'node:os';
import * as fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handledEventTypes } from '../contract/stripe-events.ts';
import { startStripeSimulator } from '../stripe-simulator/index.ts';
import { scriptRunner } from '../tests/support/run-script.ts';
import { type SecretsManager, serveSecrets } from '../tests/support/secrets-manager.ts';
import { openWire, type Wire } from '../tests/support/wire.ts';
import { register } from './webhook/register.ts';
import type { WebhookCommand } from './webhook/steps.ts';

const url = 'https://api.example.com/stripe/webhook';
const secretName = 'predixa/dev/stripe-webhook-secrets';

let simulator: Awaited<ReturnType<typeof startStripeSimulator>>;
let wire: Wire;
let stripe: Stripe;
beforeAll(async () => {
  simulator = await startStripeSimulator();
  wire = await openWire(simulator.url);
  const { hostname: host, port } = new URL(wire.url);
  const options = {
    host,
    port: Number(port),
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
  } as const;
  stripe = new Stripe('sk_test_register', options);
});
beforeEach(() => wire.heal());
afterEach(async () => {
  wire.heal();
  for (const { id } of (await stripe.webhookEndpoints.list()).data) await stripe.webhookEndpoints.del(id);
});
afterAll(async () => {
  await wire.close();
  await simulator.close();
});

/** Fails at the write of this number, before or after it has taken effect. */
function storeOf(value: { text?: string }, dies?: { readonly write: number; readonly after: boolean }) {
  let writes = 0;
  return {
    read: async () => value.text,
    write: async (_: string, text: string) => {
      writes += 1;
      const now = writes === dies?.write;
      if (now && !dies.after) throw new Error('died');
      value.text = text;
      if (now) throw new Error('died');
    },
  };
}

const endpoints = async () => (await stripe.webhookEndpoints.list()).data;
const secrets = ({ text = '' }) => text.split(',').filter(Boolean);

function run(value: { text?: string }, command: WebhookCommand, dies?: Parameters<typeof storeOf>[1]) {
  const registration = { stripe, store: storeOf(value, dies), secretName, url, stage: 'dev' };
  return register(registration, command, { dryRun: false });
}

describe('a registration', () => {
  it('makes one endpoint that is sent every event, stores its secret, and finds it again', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [endpoint, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({ url, status: 'enabled', enabled_events: handledEventTypes });
    expect(value.text).toMatch(/^whsec_/);
    expect(await run(value, 'register')).toEqual([]);
    expect(await endpoints()).toEqual([endpoint]);
  });

  it('mends one that is disabled, or is not sent every event, and keeps its secret', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const id = (await endpoints())[0]?.id ?? '';
    const before = value.text;
    await stripe.webhookEndpoints.update(id, { disabled: true, enabled_events: ['customer.deleted'] });
    await run(value, 'register');
    expect(await endpoints()).toMatchObject([{ id, status: 'enabled', enabled_events: handledEventTypes }]);
    expect(value.text).toBe(before);
  });

  it('rolls: both secrets are stored until the roll is finished, then the newest alone', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [old] = secrets(value);
    await run(value, 'roll');
    expect(await endpoints()).toHaveLength(2);
    expect(secrets(value)).toHaveLength(2);
    expect(secrets(value)[1]).toBe(old);
    // Begun once: a second would be a third endpoint.
    await run(value, 'roll');
    expect(await endpoints()).toHaveLength(2);
    const [newest] = secrets(value);
    await run(value, 'finish');
    expect(await endpoints()).toHaveLength(1);
    expect(secrets(value)).toEqual([newest]);
    expect(await run(value, 'register')).toEqual([]);
  });

  it('replaces an endpoint whose secret is not stored, and touches none of another address', async () => {
    const other = await stripe.webhookEndpoints.create({
      url: 'https://other.example.com/',
      enabled_events: ['*'],
    });
    const lost = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    const value = { text: 'a placeholder' };
    await run(value, 'register');
    const ids = (await endpoints()).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids).toContain(other.id);
    expect(ids).not.toContain(lost.id);
    expect(secrets(value)).toHaveLength(1);
    expect(value.text).toMatch(/^whsec_/);
  });

  it('moves the endpoint when the API has a new address, with its secret; a stranger’s stays where it is', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [before] = await endpoints();
    const secret = value.text;
    const stranger = await stripe.webhookEndpoints.create({
      url: 'https://other.example.com/stripe/webhook',
      enabled_events: ['*'],
      metadata: { secret_fingerprint: '0123456789abcdef' },
    });
    const moved = 'https://new.example.com/stripe/webhook';
    const registration = { stripe, store: storeOf(value), secretName, url: moved, stage: 'dev' };
    expect(await register(registration, 'register', { dryRun: false })).toEqual([
      { kind: 'update', id: before?.id, movesFrom: url },
    ]);
    const after = await endpoints();
    expect(after).toHaveLength(2);
    expect(after).toContainEqual(expect.objectContaining({ id: before?.id, url: moved }));
    expect(after).toContainEqual(expect.objectContaining({ id: stranger.id, url: stranger.url }));
    expect(value.text).toBe(secret);
  });

  it('of two endpoints, the one whose secret is stored stays', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [ours] = await endpoints();
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    await run(value, 'register');
    expect(await endpoints()).toEqual([ours]);
  });

  it('whatever breaks off, a repetition ends with one endpoint whose secret is stored', async () => {
    const death = fc.oneof(
      fc.record({ write: fc.constantFrom(1, 2), after: fc.boolean() }),
      fc.record({ call: fc.integer({ min: 1, max: 6 }), lost: fc.boolean() }),
    );
    const command = fc.constantFrom<WebhookCommand>('register', 'roll', 'finish');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(command, death), { minLength: 1, maxLength: 4 }), async (story) => {
        const value: { text?: string } = {};
        for (const [one, dies] of story) {
          if ('call' in dies) {
            const fault = dies.lost ? 'reset_after' : 'reset_before';
            wire.fail((_, number) => (number === dies.call ? fault : undefined));
          }
          await run(value, one, 'write' in dies ? dies : undefined).catch(() => undefined);
          wire.heal();
        }
        await run(value, 'register');
        await run(value, 'finish');
        const left = await endpoints();
        expect(left).toMatchObject([{ status: 'enabled', enabled_events: handledEventTypes }]);
        expect(secrets(value)).toHaveLength(1);
        expect(await run(value, 'register')).toEqual([]);
        for (const { id } of left) await stripe.webhookEndpoints.del(id);
      }),
      { numRuns: 60 },
    );
  }, 90_000);
});

describe('npm run webhook:register', () => {
  const kept = new Map<string, string>();
  let manager: SecretsManager;
  let env: Record<string, string>;
  beforeAll(async () => {
    manager = await serveSecrets(kept);
    env = {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
      STRIPE_API_BASE: wire.url,
    };
  });
  afterAll(() => manager.close());
  const run = (changes: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    scriptRunner(new URL('webhook-register.ts', import.meta.url), {
      cwd: tmpdir(),
      env: { ...env, ...changes },
    })(...args);
  const command = (...args: readonly string[]) => run({}, ...args);
  const forStage = ['--stage', 'dev', '--url', url];

  it('stores the secret under the stage’s name, with the stage’s own key, and shows neither', async () => {
    kept.set('predixa/dev/stripe-api-key', 'sk_test_register');
    const dry = await command('--stage', 'dev', '--url', url, '--dry-run');
    expect(dry).toEqual({
      code: 0,
      text: `Stage dev, ${wire.url} in test mode: ${url}\nwould create an endpoint, and store its secret\n`,
    });
    expect(kept.has(secretName)).toBe(false);
    const { code, text } = await command('--stage', 'dev', '--url', url);
    expect(code).toBe(0);
    expect(kept.get(secretName)).toMatch(/^whsec_/);
    expect(text).not.toContain('whsec_');
    expect((await command('--stage', 'dev', '--url', url)).text).toContain('Nothing to do');
  });

  it('a roll says how it ends, and that it is under way when it is asked for again', async () => {
    await command(...forStage);
    const begun = await command(...forStage, '--roll');
    expect(begun.text).toContain(
      'In ten minutes, or later: npm run webhook:register -- --stage dev --finish',
    );
    const again = await command(...forStage, '--roll');
    expect(again.text).toContain('A roll is under way already');
    expect(await endpoints()).toHaveLength(2);
    expect((await command(...forStage, '--finish')).text).toContain('keep the newest secret alone');
    expect(await endpoints()).toHaveLength(1);
  });

  const oneLine = async (changes: Readonly<Record<string, string>>, ...more: readonly string[]) => {
    const { code, text } = await run(changes, ...forStage, ...more);
    expect(code).toBe(1);
    const lines = text.trim().split('\n');
    expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
    return lines.at(-1);
  };

  it('a restricted key that may not write endpoints is told as that, and another of the shell goes before it', async () => {
    wire.fail(({ name }) => (name.includes('webhook_endpoints') ? 'forbidden' : undefined));
    expect(await oneLine({})).toMatch(/^This Stripe key may not read and write webhook endpoints: give one/);
    wire.heal();
    expect(await run({ STRIPE_API_KEY: 'rk_test_writer' }, ...forStage)).toMatchObject({ code: 0 });
  });

  it('a key of the other mode in the shell never reaches the stage', async () => {
    wire.clear();
    expect(await oneLine({ STRIPE_API_KEY: 'sk_live_other' })).toMatch(
      /^STRIPE_API_KEY of this shell is of live mode, and the stage’s own key of test mode/,
    );
    expect(wire.names()).toEqual([]);
  });

  it('what AWS or Stripe refuse is one line', async () => {
    manager.refuse('ExpiredTokenException');
    expect(await oneLine({})).toContain(
      'AWS does not take the credentials of this shell (ExpiredTokenException)',
    );
    manager.refuse('AccessDeniedException');
    expect(await oneLine({})).toContain('may not read or write the stage’s secrets');
    manager.refuse(undefined);
    const nowhere = { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9' };
    expect(await oneLine(nowhere)).toBe('AWS cannot be reached from here (ECONNREFUSED)');
    expect(await oneLine({ STRIPE_API_BASE: 'http://127.0.0.1:9' })).toBe(
      'Stripe cannot be reached from here',
    );
  });

  it.each([
    [[], '--stage is missing'],
    [['--stage', 'moon'], '--stage is one of dev, prod'],
    [['--stage', 'dev', '--roll', '--finish'], 'one of them'],
    [['--stage', 'dev', '--url', 'api'], '--url is the whole address'],
    [['--stage', 'dev', '--url', 'https://api.example.com'], '--url is the whole address'],
    [
      ['--stage', 'prod', '--url', url],
      'There is no Stripe key: put one into the secret predixa/prod/stripe-api-key',
    ],
  ])('%j: says in one line what is wrong', async (args, message) => {
    const { code, text } = await command(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text.trim().split('\n')).toHaveLength(1);
  });
});
