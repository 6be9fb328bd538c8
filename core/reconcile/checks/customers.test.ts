import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

describe('The check of customers', () => {
  it('finds nothing about a customer that the profile or the row of its user names', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    world.addProfile('ben', world.addCustomer('ben'));
    world.addRow('cem', { customerIds: ['cus_other', world.addCustomer('cem')] });
    world.addRow('dan', { customerIds: ['cus_other'] });
    world.addProfile('dan', world.addCustomer('dan'));
    expect(await world.find('customers')).toEqual({ checked: 4, found: [], next: null });
  });

  it('finds a customer whose user has neither profile nor row', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    expect(await world.find('customers')).toEqual({
      checked: 1,
      found: [['customer_without_profile', customerId, 'ann']],
      next: null,
    });
  });

  it('finds a second customer, also of a user who lacks the profile or the row', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    world.addProfile('ben', null);
    world.addProfile('cem', 'cus_other');
    world.addRow('dan', { customerIds: ['cus_other'] });
    const ids = ['ann', 'ben', 'cem', 'dan'].map((sub) => world.addCustomer(sub));
    const { found } = await world.find('customers');
    expect(found).toEqual([
      ['second_customer', ids[0], 'ann'],
      ['second_customer', ids[1], 'ben'],
      ['second_customer', ids[2], 'cem'],
      ['second_customer', ids[3], 'dan'],
    ]);
  });

  it('leaves out a customer that names no user', async () => {
    const world = createCheckWorld();
    world.addCustomer(null, null);
    expect(await world.find('customers')).toEqual({ checked: 1, found: [], next: null });
  });

  it('continues on the next page, and reads the users of one page at once, each once', async () => {
    const world = createCheckWorld();
    world.facts.pageSize = 2;
    for (const sub of ['ann', 'ann', 'ben']) world.addCustomer(sub);
    expect(await world.find('customers')).toMatchObject({ checked: 2, next: '2' });
    expect(await world.find('customers', '2')).toEqual({
      checked: 1,
      found: [['customer_without_profile', 'cus_3', 'ben']],
      next: null,
    });
    expect(world.facts.reads).toEqual([
      ['customers', null],
      ['rowsOf', ['ann']],
      ['profilesOf', ['ann']],
      ['customers', '2'],
      ['rowsOf', ['ben']],
      ['profilesOf', ['ben']],
    ]);
  });

  it('proposes to end the customer of a user who is not in Cognito', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    const ending = { kind: 'customer', sub: 'ann', customerId };
    expect(await world.repair('customers')).toEqual({ kind: 'end', ending });
    expect(world.stripe.customers.get(customerId)?.deletedMs).toBeNull();
  });

  it('provisions a user who is in Cognito with this customer', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    world.addUser('ann');
    const provisioned = { planned: 'user_provisioned', outcome: 'user_provisioned' };
    expect(await world.repair('customers')).toEqual(provisioned);
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
    expect(world.dynamodb.entitlements.get('ann')?.customerIds).toEqual([customerId]);
    expect(world.stripe.customers.size).toBe(1);
  });

  it('adds a second customer to the row', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    const second = world.addCustomer('ann');
    expect(await world.repair('customers')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(world.dynamodb.entitlements.get('ann')?.customerIds).toEqual([customerId, second]);
  });
});
