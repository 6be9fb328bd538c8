import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handledEventTypes } from '../contract/stripe-events.ts';
import { startStripeSimulator } from '../stripe-simulator/index.ts';
import { scriptRunner } from '../tests/support/run-script.ts';
import { openWire, type Wire } from '../tests/support/wire.ts';
import type { Wish } from './webhook/plan.ts';
import { register } from './webhook/register.ts';

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

function run(value: { text?: string }, wish: Wish, dies?: Parameters<typeof storeOf>[1]) {
  const registration = { stripe, store: storeOf(value, dies), secretName, url, stage: 'dev' };
  return register(registration, wish, { dryRun: false });
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

  it('whatever breaks off, a repetition ends with one endpoint whose secret is stored', async () => {
    const death = fc.oneof(
      fc.record({ write: fc.constantFrom(1, 2), after: fc.boolean() }),
      fc.record({ call: fc.integer({ min: 1, max: 6 }), lost: fc.boolean() }),
    );
    const wish = fc.constantFrom<Wish>('register', 'roll', 'finish');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(wish, death), { minLength: 1, maxLength: 4 }), async (story) => {
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
  });
});

describe('npm run webhook:register', () => {
  const kept = new Map<string, string>();
  let manager: Server;
  let env: Record<string, string>;
  beforeAll(async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const target = String(request.headers['x-amz-target']).replace(/^.*\./, '');
      const body = JSON.parse((await buffer(request)).toString('utf8')) as Record<string, string>;
      const name = body['SecretId'] ?? body['Name'] ?? '';
      const absent = target !== 'CreateSecret' && !kept.has(name);
      if (!absent && body['SecretString'] !== undefined) kept.set(name, body['SecretString']);
      response.writeHead(absent ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify(absent ? { __type: 'ResourceNotFoundException' } : { SecretString: kept.get(name) }),
      );
    };
    manager = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
    env = {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(manager.address() as AddressInfo).port}`,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      STRIPE_API_BASE: simulator.url,
    };
  });
  afterAll(() => manager.close());
  const command = (...args: readonly string[]) =>
    scriptRunner(new URL('webhook-register.ts', import.meta.url), { cwd: tmpdir(), env })(...args);

  it('stores the secret under the stage’s name, with the stage’s own key, and shows neither', async () => {
    kept.set('predixa/dev/stripe-api-key', 'sk_test_register');
    const dry = await command('--stage', 'dev', '--url', url, '--dry-run');
    expect(dry).toEqual({ code: 0, text: 'would create an endpoint, and store its secret\n' });
    expect(kept.has(secretName)).toBe(false);
    const { code, text } = await command('--stage', 'dev', '--url', url);
    expect(code).toBe(0);
    expect(kept.get(secretName)).toMatch(/^whsec_/);
    expect(text).not.toContain('whsec_');
    expect((await command('--stage', 'dev', '--url', url)).text).toContain('Nothing to do');
  });

  it.each([
    [[], '--stage is missing'],
    [['--stage', 'moon'], '--stage is one of dev, prod'],
    [['--stage', 'dev', '--roll', '--finish'], 'one of them'],
    [['--stage', 'dev', '--url', 'api'], '--url is the whole address'],
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
