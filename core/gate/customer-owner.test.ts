import { describe, expect, it } from 'vitest';
import type { Ownership } from '../account/ownership.ts';
import { ownershipOfAll } from './customer-owner.ts';

describe('What holds for all the customers of one account', () => {
  it.each<[Ownership, readonly Ownership[]]>([
    ['own', []],
    ['own', ['own', 'own']],
    ['named', ['own', 'named']],
    ['unproven', ['named', 'unproven', 'own']],
    ['other_pool', ['unproven', 'named', 'other_pool']],
    ['other_user', ['own', 'other_pool', 'other_user', 'unproven']],
  ])('is %s for %j', (expected, ownerships) => {
    expect(ownershipOfAll(ownerships)).toBe(expected);
  });
});
