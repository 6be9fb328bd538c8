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

describe('the environment', () => {
  it('names everything that is missing or invalid at once, and takes an empty text for missing', () => {
    const reader = new EnvironmentReader({ A: '', C: '-1', D: 'no address' });
    reader.required('A');
    reader.required('B');
    reader.amount('C', 1);
    reader.url('D');
    readSecretSource(reader, 'S');
    expect(() => reader.done({})).toThrow(
      'missing configuration: A, B, S; invalid configuration: C (a number from 0 on), D (an address like http://host:port)',
    );
  });

  it('takes 0 for 0, and the default only where nothing is said', () => {
    const reader = new EnvironmentReader({ ZERO: '0' });
    expect([reader.amount('ZERO', 72), reader.amount('ABSENT', 72)]).toEqual([0, 72]);
  });
});

describe('a secret', () => {
  const source = { kind: 'secrets_manager', arn: 'arn:1' } as const;

  /** A store whose answers are numbered, and a clock that tests move. */
  const storeOf = () => {
    const store = { nowMs: 0, asked: 0, down: false };
    const fetch = async (arn: string) => {
      store.asked += 1;
      if (store.down) throw new Error('down');
      return `${arn}#${store.asked}`;
    };
    return { store, secret: createSecret(source, { fetch, clock: { nowMs: () => store.nowMs } }) };
  };

  it('named by an ARN is fetched once, and again when it is old', async () => {
    const named = readSecretSource(new EnvironmentReader({ KEY_SECRET_ARN: 'arn:1' }), 'KEY');
    expect(named).toEqual(source);
    const { store, secret } = storeOf();
    expect([await secret.read(), await secret.read()]).toEqual(['arn:1#1', 'arn:1#1']);
    store.nowMs += 10 * 60_000;
    expect([await secret.read(), await secret.read()]).toEqual(['arn:1#2', 'arn:1#2']);
  });

  it('that has proved wrong is fetched again at once, but no more than once a minute', async () => {
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

  it('is asked for once, however many wait for it', async () => {
    const { store, secret } = storeOf();
    const all = await Promise.all([secret.read(), secret.reread(), secret.read(), secret.reread()]);
    expect(new Set(all)).toEqual(new Set(['arn:1#1']));
    expect(store.asked).toBe(1);
  });

  it('whatever comes, Secrets Manager is asked twice a minute at most, and a value of ten minutes is renewed', async () => {
    const step = fc.record({
      passMs: fc.integer({ min: 0, max: 120_000 }),
      call: fc.constantFrom('read' as const, 'reread' as const),
      down: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { store, secret } = storeOf();
        await secret.read();
        const askedAtMs: number[] = [];
        let renewedAtMs = 0;
        for (const { passMs, call, down } of steps) {
          Object.assign(store, { nowMs: store.nowMs + passMs, down });
          const before = store.asked;
          // A value once read serves on, whatever fails.
          expect(await secret[call]()).toMatch(/^arn:1#/);
          if (store.asked > before) askedAtMs.push(store.nowMs);
          if (store.asked > before && !down) renewedAtMs = store.nowMs;
          // Older than ten minutes only while a failure of the last minute stands.
          const triedMs = store.nowMs - (askedAtMs.at(-1) ?? 0);
          expect(store.nowMs - renewedAtMs < 10 * 60_000 || triedMs < 60_000).toBe(true);
        }
        const apartMs = askedAtMs.slice(2).map((atMs, index) => atMs - (askedAtMs[index] ?? 0));
        expect(Math.min(60_000, ...apartMs)).toBe(60_000);
      }),
    );
  });

  it('serves on while Secrets Manager fails, and is renewed within a minute after; without a value it fails', async () => {
    const { store, secret } = storeOf();
    await secret.read();
    Object.assign(store, { down: true, nowMs: 11 * 60_000 });
    expect([await secret.read(), await secret.read(), store.asked]).toEqual(['arn:1#1', 'arn:1#1', 2]);
    Object.assign(store, { down: false, nowMs: 12 * 60_000 });
    expect(await secret.read()).toBe('arn:1#3');
    const fresh = storeOf();
    fresh.store.down = true;
    await expect(fresh.secret.read()).rejects.toThrow('down');
    fresh.store.down = false;
    expect(await fresh.secret.read()).toBe('arn:1#2');
  });

  it('given as a value is never fetched', async () => {
    const source = readSecretSource(new EnvironmentReader({ KEY: ' value \n' }), 'KEY');
    const fetch = () => Promise.reject(new Error('not to be asked'));
    expect(await createSecret(source, { fetch, clock: systemClock }).reread()).toBe('value');
  });
});

interface EmbeddedMetrics {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

describe('the log', () => {
  const logged = (cause: unknown): Record<string, unknown> => {
    const lines: string[] = [];
    const output = { write: (line: string) => lines.push(line) };
    createLog({ request_id: 'r-1' }, output).error('It failed.', { metric: 'm' }, cause);
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? '');
  };

  it('is one JSON object a line, with the request’s id', () => {
    expect(logged(undefined)).toMatchObject({
      level: 'error',
      message: 'It failed.',
      request_id: 'r-1',
      metric: 'm',
    });
  });

  it('pain 62: tells what kind of error it was, never its message, which may quote what a user sent', () => {
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
    createLog({}, { write: (line) => lines.push(line), ...output }).info('Said.', fields);
    return JSON.parse(lines[0] ?? '');
  };

  it('a line with a metric is a count in CloudWatch’s embedded format', () => {
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

  it('every number that is measured, and every dimension, stands at the top of its line', () => {
    const line = written(
      { metric: 'reconcile_run', checked: 4, differed: 1, healed: 1, failed: 0 },
      { dimensions },
    );
    const [{ Metrics, Dimensions }] = (line['_aws'] as { CloudWatchMetrics: [EmbeddedMetrics] })
      .CloudWatchMetrics;
    const names = Metrics.map(({ Name }) => Name);
    expect(names).toEqual(['reconcile_run', 'checked', 'differed', 'healed', 'failed']);
    expect(names.map((name) => typeof line[name])).toEqual(names.map(() => 'number'));
    expect(Dimensions.flat().map((name) => typeof line[name])).toEqual(['string', 'string']);
  });

  it('whatever a line carries, what CloudWatch reads as metrics is by its specification', () => {
    const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null));
    const name = fc.constantFrom(
      'checked',
      'differed',
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
        // Milliseconds of this century: seconds would be 1970.
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

  it('is no metric without a stage, or without a name to count by', () => {
    expect(written({ metric: 'sync_written' })).not.toHaveProperty('_aws');
    expect(written({ user_id: 'u' }, { dimensions })).not.toHaveProperty('_aws');
  });

  it('carries the trace, and what is learnt on the way, in every line from then on', () => {
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

  it('names the configuration that is missing', () => {
    expect(logged(new ConfigurationError(['STRIPE_API_KEY'], []))['cause']).toMatchObject({
      missing: ['STRIPE_API_KEY'],
    });
  });
});

describe('small parts', () => {
  it('a time limit ends the wait, and says so', async () => {
    await expect(systemClock.within(1, new Promise(() => {}))).rejects.toMatchObject({
      details: { code: 'time_limit' },
    });
    await expect(systemClock.within(1_000, Promise.resolve('in time'))).resolves.toBe('in time');
  });

  it('what failed to be built is built again, what was built is kept', () => {
    let calls = 0;
    const value = once(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls;
    });
    expect(() => value()).toThrow('not yet');
    expect([value(), value()]).toEqual([2, 2]);
  });

  it('the memory of owners is bounded', () => {
    const owners = createOwnerCache();
    for (let n = 0; n <= 10_000; n += 1) owners.set(`cus_${n}`, `user-${n}`);
    expect(owners.get('cus_0')).toBeUndefined();
    expect(owners.get('cus_10000')).toBe('user-10000');
  });
});
