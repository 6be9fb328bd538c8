import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import { systemClock } from './clock.ts';
import { ConfigurationError, EnvironmentReader } from './environment.ts';
import { createLog } from './log.ts';
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
  it('named by an ARN is fetched once, again when it is old, and again when it has proved wrong', async () => {
    let nowMs = 0;
    let fetched = 0;
    const fetch = async (arn: string) => `${arn}#${(fetched += 1)}`;
    const source = readSecretSource(new EnvironmentReader({ KEY_SECRET_ARN: 'arn:1' }), 'KEY');
    const secret = createSecret(source, { fetch, clock: { nowMs: () => nowMs } });
    expect([await secret.read(), await secret.read()]).toEqual(['arn:1#1', 'arn:1#1']);
    expect(await secret.reread()).toBe('arn:1#1');
    nowMs += 60_000;
    expect([await secret.read(), await secret.reread()]).toEqual(['arn:1#1', 'arn:1#2']);
    nowMs += 10 * 60_000;
    expect(await secret.read()).toBe('arn:1#3');
  });

  it('given as a value is never fetched', async () => {
    const source = readSecretSource(new EnvironmentReader({ KEY: ' value \n' }), 'KEY');
    const fetch = () => Promise.reject(new Error('not to be asked'));
    expect(await createSecret(source, { fetch, clock: systemClock }).reread()).toBe('value');
  });
});

describe('the log', () => {
  const logged = (cause: unknown): Record<string, unknown> => {
    const lines: string[] = [];
    createLog({ request_id: 'r-1' }, (line) => lines.push(line)).error('It failed.', { metric: 'm' }, cause);
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
