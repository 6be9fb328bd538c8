import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

/** An unnamed customer, and users with its address. */
function scene(subs: readonly string[]) {
  const world = createCheckWorld();
  const customerId = world.addCustomer(null, null);
  world.facts.emails.set(customerId, 'shop@example.com');
  for (const sub of subs) {
    world.addUser(sub);
    world.cognito.emails.set(sub, 'shop@example.com');
  }
  return { world, customerId };
}

describe('The check of email addresses', () => {
  it('is certain about the only user with a verified address', async () => {
    const { world, customerId } = scene(['ann']);
    world.addUser('ben');
    expect(await world.find('email_matches')).toEqual({
      checked: 1,
      found: [['customer_email_match', `${customerId}=ann`, null]],
      next: null,
    });
  });

  it('is uncertain about an address that is not verified', async () => {
    const { world, customerId } = scene(['ann']);
    world.facts.about.set('ann', { emailVerified: false });
    const { found } = await world.find('email_matches');
    expect(found).toEqual([['customer_email_match_uncertain', `${customerId}=ann`, null]]);
  });

  it('is uncertain about several users, and names each of them', async () => {
    const { world, customerId } = scene(['ann', 'ben']);
    const { found } = await world.find('email_matches');
    expect(found).toEqual([
      ['customer_email_match_uncertain', `${customerId}=ann`, null],
      ['customer_email_match_uncertain', `${customerId}=ben`, null],
    ]);
  });

  it('finds nothing for an address that no user has', async () => {
    const { world } = scene([]);
    expect(await world.find('email_matches')).toEqual({ checked: 1, found: [], next: null });
  });

  it('asks about no customer that names a user or has no address, and continues on the next page', async () => {
    const { world, customerId } = scene(['ann']);
    world.facts.emails.set(world.addCustomer('ben'), 'shop@example.com');
    world.addCustomer(null, null);
    world.facts.pageSize = 2;
    expect(await world.find('email_matches')).toEqual({
      checked: 2,
      found: [['customer_email_match', `${customerId}=ann`, null]],
      next: '2',
    });
    expect(await world.find('email_matches', '2')).toEqual({ checked: 1, found: [], next: null });
    expect(world.facts.reads).toEqual([
      ['customers', null],
      ['usersOf', 'shop@example.com'],
      ['customers', '2'],
    ]);
  });

  it('leaves the decision to a person', async () => {
    const { world } = scene(['ann']);
    expect(await world.repair('email_matches')).toEqual({ kind: 'review' });
    expect(world.calls).toEqual([]);
  });
});
