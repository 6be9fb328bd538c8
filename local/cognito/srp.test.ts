import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { srpClient } from '../../tests/support/srp-client.ts';
import { type SrpUser, srpChallenge } from './srp.ts';

const hex = (digits: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.integer({ max: 15, min: 0 }).map((digit) => digit.toString(16)), ...digits });

const password = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 64 }),
  fc.string({ maxLength: 256 }),
  fc.constantFrom('', ':', 'a:b', ' ', 'pässwörd-🔑-1', 'e\u0301', '\ud800', 'x'.repeat(1_000)),
);

const users: fc.Arbitrary<SrpUser> = fc.record({
  poolName: fc.constantFrom('Predixa01', 'a', '9_9'),
  userId: fc.oneof(fc.uuid(), fc.emailAddress(), fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })),
  password,
  // Of odd and even length, with leading zeros, and with a first bit that Java takes for a sign.
  salt: fc.oneof(hex({ minLength: 1, maxLength: 40 }), fc.constantFrom('0', '00', '0f', '80', 'ff', '7f')),
});

const SECRET_BLOCK = Buffer.from('a secret block').toString('base64');

async function isAccepted(user: SrpUser, typed: string): Promise<boolean> {
  const client = await srpClient(user.poolName);
  const challenge = srpChallenge(user, client.publicA);
  if (challenge === undefined) throw new Error('The challenge refuses the number of a client.');
  const question = { ...user, publicB: challenge.publicB, secretBlock: SECRET_BLOCK };
  return challenge.verify(await client.prove(typed, question));
}

describe('A proof that Cognito’s client computes', () => {
  it('is accepted with the password, whatever its characters', async () => {
    await fc.assert(
      fc.asyncProperty(users, async (user) => {
        expect(await isAccepted(user, user.password)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('is rejected with any other password', async () => {
    const bytes = (text: string) => Buffer.from(text).toString('hex');
    await fc.assert(
      fc.asyncProperty(users, password, async (user, typed) => {
        fc.pre(bytes(typed) !== bytes(user.password));
        expect(await isAccepted(user, typed)).toBe(false);
      }),
      { numRuns: 8 },
    );
  });

  it('is rejected if it was made for another user, another block or another time', async () => {
    const user = { poolName: 'Predixa01', userId: 'one', password: 'Correct-horse-1', salt: 'ab' };
    const client = await srpClient(user.poolName);
    const challenge = srpChallenge(user, client.publicA);
    const question = { ...user, publicB: challenge?.publicB ?? '', secretBlock: SECRET_BLOCK };
    const proof = await client.prove(user.password, question);
    expect(challenge?.verify(proof)).toBe(true);
    for (const change of [{ secretBlock: 'AAAA' }, { timestamp: 'Sun Nov 29 9:05:00 UTC 2026' }]) {
      expect(challenge?.verify({ ...proof, ...change })).toBe(false);
    }
    for (const signature of ['', 'AAAA', proof.signature.slice(4), 'not base64 at all !']) {
      expect(challenge?.verify({ ...proof, signature })).toBe(false);
    }
    const forAnother = await client.prove(user.password, { ...question, userId: 'two' });
    expect(challenge?.verify(forAnother)).toBe(false);
  });
});

describe('The client’s number', () => {
  const user = { poolName: 'Predixa01', userId: 'one', password: 'Correct-horse-1', salt: 'ab' };
  const MODULUS_HEX_DIGITS = 768;

  it('is refused if it would prove nothing: zero, a multiple of the modulus, or no number', async () => {
    const { getDiffieHellman } = await import('node:crypto');
    const modulus = getDiffieHellman('modp15').getPrime('hex');
    expect(modulus).toHaveLength(MODULUS_HEX_DIGITS);
    const twice = (2n * BigInt(`0x${modulus}`)).toString(16);
    for (const publicA of ['0', '000', modulus, twice, '', 'xyz', '-1', '0x12', ' 12']) {
      expect(srpChallenge(user, publicA)).toBeUndefined();
    }
  });

  it('gives a challenge for every other number, with a new answer each time', () => {
    fc.assert(
      fc.property(hex({ minLength: 1, maxLength: 768 }), (publicA) => {
        fc.pre(/[1-9a-f]/.test(publicA));
        const one = srpChallenge(user, publicA)?.publicB;
        expect(one).toMatch(/^[0-9a-f]+$/);
        expect(srpChallenge(user, publicA)?.publicB).not.toBe(one);
      }),
      { numRuns: 10 },
    );
  });
});
