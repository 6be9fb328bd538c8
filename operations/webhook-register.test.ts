import { tmpdir } from 'node:os';
import * as fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { subscribedEventTypes } from '../contract/stripe-events.ts';
import { startStripeSimulator } from '../stripe-simulator/index.ts';
import { isLongRun } from '../tests/support/extent.ts';
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
beforeEach(() => wire.stopFailing());
afterEach(async () => {
  wire.stopFailing();
  for (const { id } of (await stripe.webhookEndpoints.list()).data) await stripe.webhookEndpoints.del(id);
});
afterAll(async () => {
  await wire.close();
  await simulator.close();
});

/** A store that fails at the given write, before or after the write takes effect. */
function storeOf(value: { text?: string }, failure?: { readonly write: number; readonly after: boolean }) {
  let writes = 0;
  return {
    read: async () => value.text,
    write: async (_: string, text: string) => {
      writes += 1;
      const fails = writes === failure?.write;
      if (fails && !failure.after) throw new Error('Interrupted');
      value.text = text;
      if (fails) throw new Error('Interrupted');
    },
  };
}

const endpoints = async () => (await stripe.webhookEndpoints.list()).data;
const secrets = ({ text = '' }) => text.split(',').filter(Boolean);

function run(value: { text?: string }, command: WebhookCommand, failure?: Parameters<typeof storeOf>[1]) {
  const registration = { stripe, store: storeOf(value, failure), secretName, url, stage: 'dev' };
  return register(registration, command, { dryRun: false });
}

describe('A registration', () => {
  it('creates one endpoint for every event type, stores its secret, and changes nothing when repeated', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [endpoint, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({ url, status: 'enabled', enabled_events: subscribedEventTypes });
    expect(value.text).toMatch(/^whsec_/);
    expect(await run(value, 'register')).toEqual([]);
    expect(await endpoints()).toEqual([endpoint]);
  });

  it('enables a disabled endpoint, subscribes it to every event type, and keeps its secret', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const id = (await endpoints())[0]?.id ?? '';
    const before = value.text;
    await stripe.webhookEndpoints.update(id, { disabled: true, enabled_events: ['customer.deleted'] });
    await run(value, 'register');
    expect(await endpoints()).toMatchObject([
      { id, status: 'enabled', enabled_events: subscribedEventTypes },
    ]);
    expect(value.text).toBe(before);
  });

  it('stores both secrets during a rotation, and only the newest afterwards', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [old] = secrets(value);
    await run(value, 'roll');
    expect(await endpoints()).toHaveLength(2);
    expect(secrets(value)).toHaveLength(2);
    expect(secrets(value)[1]).toBe(old);
    // A second rotation must not start, because it would create a third endpoint.
    await run(value, 'roll');
    expect(await endpoints()).toHaveLength(2);
    const [newest] = secrets(value);
    await run(value, 'finish');
    expect(await endpoints()).toHaveLength(1);
    expect(secrets(value)).toEqual([newest]);
    expect(await run(value, 'register')).toEqual([]);
  });

  it('replaces an endpoint whose secret is not stored, and leaves endpoints of other URLs unchanged', async () => {
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

  it('moves its endpoint to the new URL of the API and keeps its secret, but leaves other endpoints unchanged', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [before] = await endpoints();
    const secret = value.text;
    const other = await stripe.webhookEndpoints.create({
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
    expect(after).toContainEqual(expect.objectContaining({ id: other.id, url: other.url }));
    expect(value.text).toBe(secret);
  });

  it('keeps the one of two endpoints whose secret is stored', async () => {
    const value: { text?: string } = {};
    await run(value, 'register');
    const [ours] = await endpoints();
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    await run(value, 'register');
    expect(await endpoints()).toEqual([ours]);
  });

  it('ends with one endpoint whose secret is stored when it is repeated after any interruptions', async () => {
    const interruption = fc.oneof(
      fc.record({ write: fc.constantFrom(1, 2), after: fc.boolean() }),
      fc.record({ call: fc.integer({ min: 1, max: 6 }), lost: fc.boolean() }),
    );
    const command = fc.constantFrom<WebhookCommand>('register', 'roll', 'finish');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(command, interruption), { minLength: 1, maxLength: 4 }),
        async (runs) => {
          const value: { text?: string } = {};
          for (const [one, failure] of runs) {
            if ('call' in failure) {
              const fault = failure.lost ? 'reset_after' : 'reset_before';
              wire.fail((_, number) => (number === failure.call ? fault : undefined));
            }
            await run(value, one, 'write' in failure ? failure : undefined).catch(() => undefined);
            wire.stopFailing();
          }
          await run(value, 'register');
          await run(value, 'finish');
          const left = await endpoints();
          expect(left).toMatchObject([{ status: 'enabled', enabled_events: subscribedEventTypes }]);
          expect(secrets(value)).toHaveLength(1);
          expect(await run(value, 'register')).toEqual([]);
          for (const { id } of left) await stripe.webhookEndpoints.del(id);
        },
      ),
      { numRuns: isLongRun ? 30 : 20 },
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
  beforeEach(() => {
    kept.clear();
    kept.set('predixa/dev/stripe-api-key', 'sk_test_register');
    manager.refuse(undefined);
  });
  afterAll(() => manager.close());
  const run = (changes: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    scriptRunner(new URL('webhook-register.ts', import.meta.url), {
      cwd: tmpdir(),
      env: { ...env, ...changes },
    })(...args);
  const command = (...args: readonly string[]) => run({}, ...args);
  const forStage = ['--stage', 'dev', '--url', url];

  it('stores the secret under the stage’s name with the stage’s own key, and prints neither', async () => {
    const dry = await command('--stage', 'dev', '--url', url, '--dry-run');
    expect(dry).toEqual({
      code: 0,
      text: `Stage dev, ${wire.url} in test mode: ${url}\nwould create an endpoint and store its secret\n`,
    });
    expect(kept.has(secretName)).toBe(false);
    const { code, text } = await command('--stage', 'dev', '--url', url);
    expect(code).toBe(0);
    expect(kept.get(secretName)).toMatch(/^whsec_/);
    expect(text).not.toContain('whsec_');
    expect((await command('--stage', 'dev', '--url', url)).text).toContain('Nothing to do');
  });

  it('prints how to finish a rotation, and reports a rotation that is already in progress', async () => {
    await command(...forStage);
    const started = await command(...forStage, '--roll');
    expect(started.text).toContain(
      'In ten minutes or later, finish the rotation: npm run webhook:register -- --stage dev --finish',
    );
    const again = await command(...forStage, '--roll');
    expect(again.text).toContain('A secret rotation is already in progress');
    expect(await endpoints()).toHaveLength(2);
    expect((await command(...forStage, '--finish')).text).toContain('remove all secrets except the newest');
    expect(await endpoints()).toHaveLength(1);
  });

  const oneLine = async (changes: Readonly<Record<string, string>>, ...more: readonly string[]) => {
    const { code, text } = await run(changes, ...forStage, ...more);
    expect(code).toBe(1);
    const lines = text.trim().split('\n');
    expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
    return lines.at(-1);
  };

  it('reports a key without permission to write endpoints, and prefers a key of the shell', async () => {
    wire.fail(({ name }) => (name.includes('webhook_endpoints') ? 'forbidden' : undefined));
    expect(await oneLine({})).toMatch(
      /^This Stripe key may not read and write webhook endpoints\. Set STRIPE_API_KEY/,
    );
    wire.stopFailing();
    expect(await run({ STRIPE_API_KEY: 'rk_test_writer' }, ...forStage)).toMatchObject({ code: 0 });
  });

  it('never uses a key of the other mode from the shell', async () => {
    wire.clear();
    expect(await oneLine({ STRIPE_API_KEY: 'sk_live_other' })).toMatch(
      /^STRIPE_API_KEY in this shell is a live mode key, but the stage’s own key is a test mode key/,
    );
    expect(wire.names()).toEqual([]);
  });

  it('reports errors of AWS and Stripe in one line', async () => {
    manager.refuse('ExpiredTokenException');
    expect(await oneLine({})).toContain('AWS rejects the credentials of this shell (ExpiredTokenException)');
    manager.refuse('AccessDeniedException');
    expect(await oneLine({})).toContain('may not read or write the stage’s secrets');
    manager.refuse(undefined);
    const nowhere = { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9' };
    expect(await oneLine(nowhere)).toBe(
      'AWS cannot be reached from here (ECONNREFUSED). Check the network and try again.',
    );
    expect(await oneLine({ STRIPE_API_BASE: 'http://127.0.0.1:9' })).toBe(
      'Stripe cannot be reached from here. Check the network and try again.',
    );
  });

  it.each([
    [[], '--stage is missing'],
    [['--stage', 'moon'], '--stage must be one of dev, prod'],
    [['--stage', 'dev', '--roll', '--finish'], 'Use either --roll or --finish'],
    [['--stage', 'dev', '--url', 'api'], '--url must be the full URL'],
    [['--stage', 'dev', '--url', 'https://api.example.com'], '--url must be the full URL'],
    [['--stage', 'dev', '--payer', 'paypal'], '--payer must be stripe or revenuecat, not paypal'],
    [['--stage', 'dev', '--show-header'], '--show-header is for --payer revenuecat'],
    [
      ['--stage', 'dev', '--payer', 'revenuecat', '--url', url],
      'ending in /revenuecat/webhook, not https://',
    ],
    [['--stage', 'dev', '--payer', 'revenuecat'], 'Stage dev has no webhook of RevenueCat'],
    [['--stage', 'prod', '--url', url], 'The secret predixa/prod/stripe-api-key has no Stripe key'],
  ])('reports wrong arguments in one line: %j', async (args, message) => {
    const { code, text } = await command(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text.trim().split('\n')).toHaveLength(1);
  });
});
