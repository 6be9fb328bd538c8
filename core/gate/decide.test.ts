import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ownership } from '../account/ownership.ts';
import { type Basis, decide, type MissingUser, SETTLED_SECONDS } from './decide.ts';

const NOW = 1_800_000_000;
const permit = { kind: 'permit' };
const refuse = (reason: string) => ({ kind: 'refuse', reason });

/** A missing user of an installation that has finished adoption. */
const missing = (fields: Partial<MissingUser> = {}): Basis => ({
  kind: 'user_missing',
  pool: 'unknown_user',
  signUpAt: null,
  nowSeconds: NOW,
  adopted: true,
  ...fields,
});
const requested: Basis = { kind: 'requested' };
const ownWork: Basis = { kind: 'own_work' };

describe('The gate', () => {
  it.each([
    ['own', permit, permit, permit],
    // The verified user is of this pool, so a customer that names the user is the user's.
    ['named', permit, refuse('not_proven_ours'), refuse('not_proven_ours')],
    ['unproven', refuse('not_proven_ours'), refuse('not_proven_ours'), refuse('not_proven_ours')],
    [
      'other_user',
      refuse('owner_contradiction'),
      refuse('owner_contradiction'),
      refuse('owner_contradiction'),
    ],
    ['other_pool', refuse('other_pool'), refuse('other_pool'), refuse('other_pool')],
  ] as const)(
    'decides about what is %s by the reason to end it',
    (ownership, byRequest, byWork, byAbsence) => {
      expect(decide({ ownership, basis: requested })).toEqual(byRequest);
      expect(decide({ ownership, basis: ownWork })).toEqual(byWork);
      expect(decide({ ownership, basis: missing() })).toEqual(byAbsence);
    },
  );

  it('refuses a reason that it does not know', () => {
    const basis = { kind: 'added_later' } as unknown as Basis;
    expect(decide({ ownership: 'own', basis })).toEqual(refuse('not_proven_ours'));
  });

  it.each([
    ['knows_user', 'user_exists'],
    ['not_asked', 'user_exists'],
  ] as const)('ends nothing of a missing user if the pool’s answer is %s', (pool, reason) => {
    expect(decide({ ownership: 'own', basis: missing({ pool }) })).toEqual(refuse(reason));
  });

  it('ends nothing of a missing user before adoption is complete', () => {
    const basis = missing({ adopted: false });
    expect(decide({ ownership: 'own', basis })).toEqual(refuse('adoption_incomplete'));
  });

  it('waits for one hour after a sign-up', () => {
    expect(SETTLED_SECONDS).toBe(3_600);
    const after = (seconds: number) =>
      decide({ ownership: 'own', basis: missing({ signUpAt: NOW - seconds }) });
    expect(after(SETTLED_SECONDS - 1)).toEqual(refuse('too_recent'));
    expect(after(SETTLED_SECONDS)).toEqual(permit);
    expect(after(SETTLED_SECONDS + 1)).toEqual(permit);
    // The clock of another machine may be ahead.
    expect(after(-1)).toEqual(refuse('too_recent'));
  });

  it('ends nothing of a user who may have signed up a moment ago', () => {
    const basis = missing({ signUpAt: 'unknown' });
    expect(decide({ ownership: 'own', basis })).toEqual(refuse('age_unknown'));
  });

  it('names the reason that lasts longest', () => {
    const all = { pool: 'knows_user', adopted: false, signUpAt: NOW } as const;
    const verdict = (fields: Partial<MissingUser>) => decide({ ownership: 'own', basis: missing(fields) });
    expect(verdict(all)).toEqual(refuse('user_exists'));
    expect(verdict({ ...all, pool: 'unknown_user' })).toEqual(refuse('adoption_incomplete'));
    expect(verdict({ ...all, pool: 'unknown_user', adopted: true })).toEqual(refuse('too_recent'));
  });

  it('permits only with complete proof, whatever the evidence is', () => {
    const ownerships: readonly Ownership[] = ['own', 'named', 'unproven', 'other_user', 'other_pool'];
    const missingUser = fc.record({
      kind: fc.constant('user_missing' as const),
      pool: fc.constantFrom('unknown_user' as const, 'knows_user' as const, 'not_asked' as const),
      signUpAt: fc.oneof(
        fc.integer({ min: NOW - 2 * SETTLED_SECONDS, max: NOW + 60 }),
        fc.constantFrom('unknown' as const, null),
      ),
      nowSeconds: fc.constant(NOW),
      adopted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...ownerships), missingUser, (ownership, basis) => {
        const { pool, adopted, signUpAt } = basis;
        const isSettled = signUpAt === null || (signUpAt !== 'unknown' && NOW - signUpAt >= SETTLED_SECONDS);
        const isProven = ownership === 'own' && pool === 'unknown_user' && adopted && isSettled;
        expect(decide({ ownership, basis }).kind).toBe(isProven ? 'permit' : 'refuse');
      }),
    );
  });
});
