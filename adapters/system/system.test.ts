import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import type { LogFields } from '../../core/system/log.ts';
import { systemClock } from './clock.ts';
import { ConfigurationError, EnvironmentReader } from './environment.ts';
import { createLog, type LogOutput } from './log.ts';
import { once } from './once.ts';
import { createOwnerCache } from './owner-cache.ts';
import { createSecret, readSecretSource } from './secret.ts';

describe('The environment reader', () => {
  it('reports all missing and invalid variables at once, and treats empty ones as missing', () => {
    const reader = new EnvironmentReader({ A: '', C: '-1', D: 'no address' });
    reader.required('A');
    reader.required('B');
    reader.amount('C', 1);
    reader.url('D');
    readSecretSource(reader, 'STRIPE_API_KEY');
    expect(() => reader.done({})).toThrow(
      'missing configuration: A, B, STRIPE_API_KEY; invalid configuration: C is a negative number: set a number of at least 0; D is an address without a scheme (https:// or http://): set a URL such as http://host:port',
    );
  });

  it('reads 0 as 0, and uses the default only for an unset variable', () => {
    const reader = new EnvironmentReader({ ZERO: '0' });
    expect([reader.amount('ZERO', 72), reader.amount('ABSENT', 72)]).toEqual([0, 72]);
  });
});

describe('A secret', () => {
  const source = { kind: 'secrets_manager', arn: 'arn:1' } as const;

  // A store that numbers its values, and a clock that the tests move.
  const storeOf = () => {
    const store = { nowMs: 0, fetches: 0, down: false };
    const fetch = async (arn: string) => {
      store.fetches += 1;
      if (store.down) throw new Error('down');
      return `${arn}#${store.fetches}`;
    };
    return { store, secret: createSecret(source, { fetch, clock: { nowMs: () => store.nowMs } }) };
  };

  it('given by an ARN is fetched once, and again after ten minutes', async () => {
    const { store, secret } = storeOf();
    expect([await secret.read(), await secret.read()]).toEqual(['arn:1#1', 'arn:1#1']);
    store.nowMs += 10 * 60_000;
    expect([await secret.read(), await secret.read()]).toEqual(['arn:1#2', 'arn:1#2']);
  });

  it('that was rejected is fetched again immediately, but at most once a minute', async () => {
    const { store, secret } = storeOf();
    await secret.read();
    expect([await secret.reread(), await secret.reread(), await secret.read()]).toEqual(
      Array.from({ length: 3 }, () => 'arn:1#2'),
    );
    store.nowMs += 59_999;
    expect(await secret.reread()).toBe('arn:1#2');
    store.nowMs += 1;
    expect(await secret.reread()).toBe('arn:1#3');
  });

  it('is fetched once for all concurrent callers', async () => {
    const { store, secret } = storeOf();
    const all = await Promise.all([secret.read(), secret.reread(), secret.read(), secret.reread()]);
    expect(new Set(all)).toEqual(new Set(['arn:1#1']));
    expect(store.fetches).toBe(1);
  });

  it('is fetched at most twice a minute in any sequence of calls, and renewed after ten minutes', async () => {
    const step = fc.record({
      passMs: fc.integer({ min: 0, max: 120_000 }),
      call: fc.constantFrom('read' as const, 'reread' as const),
      down: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { store, secret } = storeOf();
        await secret.read();
        const fetchedAtMs: number[] = [];
        let renewedAtMs = 0;
        for (const { passMs, call, down } of steps) {
          Object.assign(store, { nowMs: store.nowMs + passMs, down });
          const before = store.fetches;
          // Once read, a value stays available during failures.
          expect(await secret[call]()).toMatch(/^arn:1#/);
          if (store.fetches > before) fetchedAtMs.push(store.nowMs);
          if (store.fetches > before && !down) renewedAtMs = store.nowMs;
          // A value is older than ten minutes only if a fetch failed within the last minute.
          const sinceFetchMs = store.nowMs - (fetchedAtMs.at(-1) ?? 0);
          expect(store.nowMs - renewedAtMs < 10 * 60_000 || sinceFetchMs < 60_000).toBe(true);
        }
        const apartMs = fetchedAtMs.slice(2).map((atMs, index) => atMs - (fetchedAtMs[index] ?? 0));
        expect(Math.min(60_000, ...apartMs)).toBe(60_000);
      }),
    );
  });

  it('stays available while Secrets Manager fails and is renewed within a minute after; without a value, reading fails', async () => {
    const { store, secret } = storeOf();
    await secret.read();
    Object.assign(store, { down: true, nowMs: 11 * 60_000 });
    expect([await secret.read(), await secret.read(), store.fetches]).toEqual(['arn:1#1', 'arn:1#1', 2]);
    Object.assign(store, { down: false, nowMs: 12 * 60_000 });
    expect(await secret.read()).toBe('arn:1#3');
    const fresh = storeOf();
    fresh.store.down = true;
    await expect(fresh.secret.read()).rejects.toThrow('down');
    fresh.store.down = false;
    expect(await fresh.secret.read()).toBe('arn:1#2');
  });

  const stripeKey = readSecretSource(
    new EnvironmentReader({ STRIPE_API_KEY_SECRET_ARN: 'predixa/key' }),
    'STRIPE_API_KEY',
  );
  // A store whose text the tests change.
  const keyOf = (text: string) => {
    const store = { nowMs: 0, fetches: 0, text, failure: undefined as Fault | undefined };
    const fetch = async () => {
      store.fetches += 1;
      if (store.failure !== undefined) throw store.failure;
      return store.text;
    };
    return { store, secret: createSecret(stripeKey, { fetch, clock: { nowMs: () => store.nowMs } }) };
  };

  it('is read as its setting needs it', async () => {
    expect(await keyOf('{"STRIPE_SECRET_KEY":" sk_test_a "}').secret.read()).toBe('sk_test_a');
  });

  it('of another kind is rejected by name, read again after a minute, and then used', async () => {
    const { store, secret } = keyOf('pk_test_a');
    const rejected = /^invalid configuration: STRIPE_API_KEY is a publishable key of Stripe \(pk_…\): store/;
    for (const call of ['read', 'reread', 'read'] as const)
      await expect(secret[call]()).rejects.toThrow(rejected);
    expect(store.fetches).toBe(1);
    Object.assign(store, { text: 'sk_test_a', nowMs: 60_000 });
    expect(await secret.read()).toBe('sk_test_a');
  });

  it('that is replaced by a text of another kind keeps its last value in use', async () => {
    const { store, secret } = keyOf('sk_test_a');
    await secret.read();
    store.text = 'changeme';
    expect([await secret.reread(), await secret.read()]).toEqual(['sk_test_a', 'sk_test_a']);
    Object.assign(store, { text: 'sk_test_b', nowMs: 60_000 });
    expect(await secret.read()).toBe('sk_test_b');
  });

  it('that does not exist is a mistake in the configuration, and an outage is none', async () => {
    const { store, secret } = keyOf('sk_test_a');
    const details = { system: 'secretsmanager', operation: 'get secret' } as const;
    store.failure = new Fault({ ...details, code: 'unavailable' });
    await expect(secret.read()).rejects.toBe(store.failure);
    store.failure = new Fault({ ...details, code: 'refused', reason: 'ResourceNotFoundException' });
    await expect(secret.read()).rejects.toThrow(
      'STRIPE_API_KEY_SECRET_ARN cannot be read (ResourceNotFoundException): correct the ARN or the permission of the role',
    );
  });

  it('given by its value is never fetched', async () => {
    const source = readSecretSource(
      new EnvironmentReader({ STRIPE_API_KEY: ' "sk_test_a" \n' }),
      'STRIPE_API_KEY',
    );
    const fetch = () => Promise.reject(new Error('Must not be called'));
    expect(await createSecret(source, { fetch, clock: systemClock }).reread()).toBe('sk_test_a');
  });
});

interface EmbeddedMetrics {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

describe('The log', () => {
  const logged = (cause: unknown): Record<string, unknown> => {
    const lines: string[] = [];
    const output = { write: (line: string) => lines.push(line) };
    createLog({ request_id: 'r-1' }, output).error('Something failed.', { metric: 'm' }, cause);
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? '');
  };

  it('writes one JSON object per line, with the request id', () => {
    expect(logged(undefined)).toMatchObject({
      level: 'error',
      message: 'Something failed.',
      request_id: 'r-1',
      metric: 'm',
    });
  });

  it('failure mode 62: describes an error without its message, which may quote user data', () => {
    const cause = new Fault(
      {
        code: 'refused',
        system: 'stripe',
        operation: 'create customer',
        statusCode: 400,
        reason: 'email_invalid',
      },
      { cause: new TypeError('Invalid email: jane@example.com') },
    );
    expect(logged(cause)['cause']).toEqual({
      name: 'Fault',
      code: 'refused',
      system: 'stripe',
      operation: 'create customer',
      statusCode: 400,
      reason: 'email_invalid',
      of: 'TypeError',
    });
    const bug = JSON.stringify(
      logged(new SyntaxError('Unexpected token, "jane@example.com" is not valid JSON')),
    );
    expect(bug).not.toContain('jane');
    expect(bug).toContain('system.test.ts');
  });

  const dimensions = { stage: 'test', function: 'stripe-webhook' };
  const written = (fields: LogFields, output: Partial<LogOutput> = {}): Record<string, unknown> => {
    const lines: string[] = [];
    createLog({}, { write: (line) => lines.push(line), ...output }).info('Test line.', fields);
    return JSON.parse(lines[0] ?? '');
  };

  it('writes a line with a metric in CloudWatch’s embedded metric format', () => {
    const line = written({ metric: 'sync_written', user_id: 'u' }, { dimensions });
    expect(line).toMatchObject({ ...dimensions, metric: 'sync_written', sync_written: 1, user_id: 'u' });
    const { Timestamp, CloudWatchMetrics } = line['_aws'] as Record<string, unknown>;
    expect(Timestamp).toBe(Date.parse(String(line['time'])));
    expect(CloudWatchMetrics).toEqual([
      {
        Namespace: 'Predixa/Accounts',
        Dimensions: [['stage', 'function']],
        Metrics: [{ Name: 'sync_written', Unit: 'Count' }],
      },
    ]);
  });

  it('writes every measured number and every dimension as a top-level field', () => {
    const line = written(
      { metric: 'reconcile_run', checked: 4, found: 1, synced: 1, failed: 0 },
      { dimensions },
    );
    const [{ Metrics, Dimensions }] = (line['_aws'] as { CloudWatchMetrics: [EmbeddedMetrics] })
      .CloudWatchMetrics;
    const names = Metrics.map(({ Name }) => Name);
    expect(names).toEqual(['reconcile_run', 'checked', 'found', 'synced', 'failed']);
    expect(names.map((name) => typeof line[name])).toEqual(names.map(() => 'number'));
    expect(Dimensions.flat().map((name) => typeof line[name])).toEqual(['string', 'string']);
  });

  it('writes valid embedded metrics for any fields', () => {
    const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null));
    const name = fc.constantFrom(
      'checked',
      'found',
      'failed',
      'stage',
      'function',
      '_aws',
      'reconcile_run',
      'x',
    );
    const metric = fc.constantFrom('sync_written', 'reconcile_run', 'drift');
    fc.assert(
      fc.property(fc.dictionary(name, value), metric, (fields, metric) => {
        const line = written({ ...fields, metric }, { dimensions });
        const { Timestamp, CloudWatchMetrics } = line['_aws'] as {
          Timestamp: number;
          CloudWatchMetrics: readonly (EmbeddedMetrics & { readonly Namespace: string })[];
        };
        // The timestamp is in milliseconds. Seconds would be a date in 1970.
        expect(Number.isInteger(Timestamp) && Timestamp > 1_700_000_000_000).toBe(true);
        expect(CloudWatchMetrics).toHaveLength(1);
        for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
          expect(Namespace).toMatch(/^[^:\s].{0,255}$/);
          expect(Dimensions).toHaveLength(1);
          for (const dimension of Dimensions.flat())
            expect(line[dimension]).toBe(dimensions[dimension as 'stage']);
          expect(Metrics.length).toBeLessThanOrEqual(100);
          expect(new Set(Metrics.map(({ Name }) => Name)).size).toBe(Metrics.length);
          for (const { Name } of Metrics) expect(Number.isFinite(line[Name])).toBe(true);
        }
        expect(line[metric]).toBe(1);
      }),
    );
  });

  it('writes no metric without a stage or a metric name', () => {
    expect(written({ metric: 'sync_written' })).not.toHaveProperty('_aws');
    expect(written({ user_id: 'u' }, { dimensions })).not.toHaveProperty('_aws');
  });

  it('adds the trace id and added fields to every later line', () => {
    const lines: string[] = [];
    const output = {
      write: (line: string) => lines.push(line),
      traceId: '1-5759e988-bd862e3fe1be46a994272793',
    };
    const log = createLog({ request_id: 'r' }, output);
    log.addContext({ event_id: 'evt_1' });
    log.info('First.');
    log.warn('Second.', { metric: 'm' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      lines.map(() => ({ request_id: 'r', event_id: 'evt_1', trace_id: output.traceId })),
    );
  });

  it('names missing configuration', () => {
    expect(logged(new ConfigurationError(['STRIPE_API_KEY'], []))['cause']).toMatchObject({
      missing: ['STRIPE_API_KEY'],
    });
  });
});

describe('The system adapters', () => {
  it('end a wait at its time limit with a fault', async () => {
    await expect(systemClock.within(1, () => new Promise(() => {}))).rejects.toMatchObject({
      details: { code: 'time_limit' },
    });
    await expect(systemClock.within(1_000, async () => 'in time')).resolves.toBe('in time');
  });

  it('build a value again after a failure, and keep it after a success', () => {
    let calls = 0;
    const value = once(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls;
    });
    expect(() => value()).toThrow('not yet');
    expect([value(), value()]).toEqual([2, 2]);
  });

  it('limit the size of the owner cache', () => {
    const owners = createOwnerCache();
    for (let n = 0; n <= 10_000; n += 1) owners.set(`cus_${n}`, `user-${n}`);
    expect(owners.get('cus_0')).toBeUndefined();
    expect(owners.get('cus_10000')).toBe('user-10000');
  });
});
