import { describe, expect, it } from 'vitest';
import type { PoolUser } from '../account/pool-user.ts';
import { canonicalEmail, claimantOf } from './trial-claim.ts';

const canonical = (email: string | null) => canonicalEmail({ email, emailVerified: true });

describe('A person is recognized by the verified address', () => {
  it.each([
    ['ann@example.com', 'email:ann@example.com'],
    ['a@b', 'email:a@b'],
    ['Ann@Example.COM', 'email:ann@example.com'],
    [' ann@example.com', 'email:ann@example.com'],
    ['ann@example.com ', 'email:ann@example.com'],
    // Full-width letters.
    ['ａｎｎ@example.com', 'email:ann@example.com'],
    ['ann+one@example.com', 'email:ann@example.com'],
    ['ann+one+two@example.com', 'email:ann@example.com'],
    ['ann+@example.com', 'email:ann@example.com'],
    ['+ann@example.com', 'email:+ann@example.com'],
    ['an.n@example.com', 'email:an.n@example.com'],
    ['a.n.n+one@gmail.com', 'email:ann@gmail.com'],
    ['a.n.n@GoogleMail.com', 'email:ann@gmail.com'],
    ['"ann@home"@example.com', 'email:"ann@home"@example.com'],
  ])('%s is %s', (email, expected) => {
    expect(canonical(email)).toBe(expected);
  });

  it.each([null, '', 'ann', '@example.com', 'ann@', '@'])('%j is no address', (email) => {
    expect(canonical(email)).toBeNull();
  });

  it('and never by an address that is not verified', () => {
    expect(canonicalEmail({ email: 'ann@example.com', emailVerified: false })).toBeNull();
  });
});

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
