import { describe, expect, it } from 'vitest';
import { EnvironmentReader } from './environment.ts';
import { keyedHash } from './hash.ts';
import { readSecretSource } from './secret.ts';
import { createTrialHash } from './trial-hash.ts';

const clock = { nowMs: () => 0 };
const json = '{"TRIAL_HASH_KEY":"a key"}';

function hashOf(environment: Readonly<Record<string, string>>, stored = '') {
  const source = readSecretSource(new EnvironmentReader(environment), 'TRIAL_HASH_KEY');
  return createTrialHash(source, { fetch: async () => stored, clock })();
}

describe('The hash of trials', () => {
  it.each([
    ['its value', () => hashOf({ TRIAL_HASH_KEY: ' a key \n' })],
    ['its ARN', () => hashOf({ TRIAL_HASH_KEY_SECRET_ARN: 'predixa/trial' }, 'a key\n')],
  ])('has the key that is given by %s, which version 0.1 read in the same way', async (_, open) => {
    const { hash, formerHash } = await open();
    expect([hash('x'), formerHash]).toEqual([keyedHash('a key')('x'), undefined]);
  });

  it.each([
    ['its value', () => hashOf({ TRIAL_HASH_KEY: json })],
    ['its ARN', () => hashOf({ TRIAL_HASH_KEY_SECRET_ARN: 'predixa/trial' }, json)],
  ])(
    'has the key inside JSON that is given by %s, and knows that version 0.1 used the JSON',
    async (_, open) => {
      const { hash, formerHash } = await open();
      expect([hash('x'), formerHash?.('x')]).toEqual([keyedHash('a key')('x'), keyedHash(json)('x')]);
    },
  );

  it('has no placeholder as its key', async () => {
    await expect(hashOf({ TRIAL_HASH_KEY_SECRET_ARN: 'predixa/trial' }, '<key>')).rejects.toThrow(
      'TRIAL_HASH_KEY is a placeholder',
    );
  });
});
