import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { T0 } from '../../../tests/support/subscriptions.ts';

const ann = {
  sub: 'ann',
  username: 'ann',
  email: 'ann@example.com',
  emailVerified: true,
  givenName: null,
  familyName: null,
  confirmed: true,
  enabled: true,
};

describe.each(['former_trials', 'trials'] as const)('The check %s', (name) => {
  it('finds users whose row shows a trial that no claim records, also a trial of the past', async () => {
    const world = createCheckWorld();
    for (const sub of ['ann', 'ben', 'cem', 'dan']) world.addUser(sub);
    world.addRow('ann', { trialExpiresAt: T0 - 1 });
    world.addRow('ben', { trialExpiresAt: null });
    world.addRow('cem', { trialExpiresAt: T0 });
    world.facts.recorded.add('cem');
    expect(await world.find(name)).toEqual({
      checked: 4,
      found: [['trial_not_recorded', 'ann', 'ann']],
      next: null,
    });
  });

  it('looks for the claims only of users whose row shows a trial, and continues on the next page', async () => {
    const world = createCheckWorld();
    for (const sub of ['ann', 'ben', 'cem']) world.addUser(sub);
    world.addRow('ann', { trialExpiresAt: T0 });
    world.addRow('ben');
    world.facts.pageSize = 2;
    expect(await world.find(name)).toMatchObject({ checked: 2, next: '2' });
    expect(await world.find(name, '2')).toEqual({ checked: 1, found: [], next: null });
    expect(world.facts.reads).toEqual([
      ['users', null],
      ['rowsOf', ['ann', 'ben']],
      ['unrecordedTrials', [ann]],
      ['users', '2'],
      ['rowsOf', ['cem']],
      ['unrecordedTrials', []],
    ]);
  });

  it('records the trial with the first customer of the row', async () => {
    const world = createCheckWorld();
    world.addUser('ann');
    world.addRow('ann', { trialExpiresAt: T0, customerIds: ['cus_1', 'cus_2'] });
    const recorded = { planned: 'trial_recorded', outcome: 'trial_recorded' };
    expect(await world.repair(name)).toEqual(recorded);
    expect(world.trials).toEqual([{ user: ann, customerId: 'cus_1' }]);
  });

  it('records a trial that the app granted without a customer', async () => {
    const world = createCheckWorld();
    world.addUser('ann');
    world.addRow('ann', { trialExpiresAt: T0 });
    await world.repair(name);
    expect(world.trials).toEqual([{ user: ann, customerId: '' }]);
  });
});
