import { describe, expect, it } from 'vitest';
import type { PoolUser } from '../account/pool-user.ts';
import { claimantOf } from './trial-claim.ts';

describe('A claimant', () => {
  const user: PoolUser = {
    sub: 'ann',
    username: 'ann',
    email: 'A.nn@gmail.com',
    emailVerified: true,
    givenName: null,
    familyName: null,
    confirmed: true,
    enabled: true,
  };
  const hash = (text: string) => `hash of ${text}`;

  it('is known by hashes only, of the address and of the account', () => {
    expect(claimantOf({ hash }, user)).toEqual({
      emailHash: 'hash of email:ann@gmail.com',
      accountHash: 'hash of account:ann',
    });
  });

  it('needs a verified address', () => {
    expect(claimantOf({ hash }, { ...user, emailVerified: false })).toBeUndefined();
  });
});
