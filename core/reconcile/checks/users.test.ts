import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

describe('The check of users', () => {
  it('finds nothing about a complete account', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    expect(await world.find('users')).toEqual({ checked: 1, found: [], next: null });
  });

  it('finds confirmed users who lack the profile, the customer or the row', async () => {
    const world = createCheckWorld();
    for (const sub of ['ann', 'ben', 'cem', 'dan', 'eva']) world.addUser(sub);
    world.addRow('ben');
    world.addProfile('cem', null);
    world.addProfile('dan', null);
    world.addRow('dan');
    world.addProfile('eva', world.addCustomer('eva'));
    expect(await world.find('users')).toEqual({
      checked: 5,
      found: [
        ['user_without_profile', 'ann', 'ann'],
        ['user_without_profile', 'ben', 'ben'],
        ['customer_missing', 'cem', 'cem'],
        ['customer_missing', 'dan', 'dan'],
        ['row_missing', 'eva', 'eva'],
      ],
      next: null,
    });
  });

  it('leaves unconfirmed users to sign-up, and unfinished deletions to another check', async () => {
    const world = createCheckWorld();
    world.addUser('ann');
    world.facts.about.set('ann', { confirmed: false });
    world.addUser('ben');
    await world.markForDeletion('ben', { requested: true });
    expect(await world.find('users')).toEqual({ checked: 2, found: [], next: null });
  });

  it('continues on the next page, and reads the users of one page at once', async () => {
    const world = createCheckWorld();
    for (const sub of ['ann', 'ben', 'cem']) world.addAccount(sub);
    world.facts.pageSize = 2;
    expect(await world.find('users')).toEqual({ checked: 2, found: [], next: '2' });
    expect(await world.find('users', '2')).toEqual({ checked: 1, found: [], next: null });
    expect(world.facts.reads).toEqual([
      ['users', null],
      ['rowsOf', ['ann', 'ben']],
      ['profilesOf', ['ann', 'ben']],
      ['users', '2'],
      ['rowsOf', ['cem']],
      ['profilesOf', ['cem']],
    ]);
  });

  it('creates what the user lacks, with an existing customer that names the user', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    world.addUser('ann');
    world.addSubscription({ customerId });
    const provisioned = { planned: 'user_provisioned', outcome: 'user_provisioned' };
    expect(await world.repair('users')).toEqual(provisioned);
    expect(world.dynamodb.profiles.get('ann')).toMatchObject({ customerId, deletion: null });
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({
      status: 'active',
      customerIds: [customerId],
    });
    expect(world.stripe.customers.size).toBe(1);
  });
});
