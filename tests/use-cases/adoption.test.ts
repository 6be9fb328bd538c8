import { describe, expect, it } from 'vitest';
import { createReconcile } from '../../core/reconcile/reconcile.ts';
import { createReconcileWorld, HOUR } from '../support/reconcile-world.ts';

function unadopted() {
  const world = createReconcileWorld();
  world.installation.adopted = false;
  return world;
}

const incomplete = [['warn', { metric: 'adoption_incomplete' }]];
const logged = ({ logs }: ReturnType<typeof unadopted>) => logs.map(({ level, fields }) => [level, fields]);

describe('Before the adoption is complete, a run', () => {
  it('of a fresh installation has nothing to adopt, and records that', async () => {
    const world = unadopted();
    expect((await world.run({ checks: ['customers'] })).adopted).toBe(true);
    expect([world.adoptedBy, world.installation.adopted]).toEqual([['fresh_install'], true]);
    expect(world.pages).toEqual(['profiles first', 'rows first', 'users first', 'customers first']);
    expect(world.metrics()).toEqual([]);
    world.pages.length = 0;
    expect((await world.run({ checks: ['customers'] })).adopted).toBe(true);
    expect([world.adoptedBy, world.pages]).toEqual([['fresh_install'], ['customers first']]);
  });

  it('of a fresh installation records nothing if it is a dry run', async () => {
    const world = unadopted();
    expect((await world.run({ checks: ['customers'], dryRun: true })).adopted).toBe(true);
    expect([world.adoptedBy, world.installation.adopted]).toEqual([[], false]);
  });

  it.each<[string, (world: ReturnType<typeof unadopted>) => unknown]>([
    ['a user of the pool', (world) => world.addUser('ann')],
    ['a profile', (world) => world.addProfile('ann')],
    ['a row', (world) => world.addRow('ann')],
  ])('reports that it is incomplete if there is %s', async (_, add) => {
    const world = unadopted();
    add(world);
    world.advance(HOUR);
    expect((await world.run({ checks: ['customers'] })).adopted).toBe(false);
    expect([world.adoptedBy, world.installation.adopted, logged(world)]).toEqual([[], false, incomplete]);
  });

  it('does not take an empty page for an empty table', async () => {
    const world = unadopted();
    const rows = async () => ({ items: [], next: 'more' });
    const installation = { ...world.services.installation, rows };
    const { adopted } = await createReconcile({ ...world.services, installation })({ checks: ['customers'] });
    expect([adopted, logged(world)]).toEqual([false, incomplete]);
  });

  it('only reports', async () => {
    const world = unadopted();
    world.addAccount('ann');
    world.dynamodb.entitlements.delete('ann');
    world.addOrphan('ghost');
    const { report, adopted, notEnded } = await world.run({ checks: ['profiles', 'customers'] });
    expect(adopted).toBe(false);
    expect(report).toMatchObject({ found: 2, planned: { row_created: 1, withheld: 1 } });
    expect(notEnded).toEqual([]);
    expect(world.dynamodb.entitlements.size).toBe(0);
    expect(world.calls).not.toContain('delete customer');
  });

  it('repairs if it is part of the adoption, and ends nothing', async () => {
    const world = unadopted();
    world.addAccount('ann');
    world.dynamodb.entitlements.delete('ann');
    const customerId = world.addOrphan('ghost');
    const { findings, adopted } = await world.run({ checks: ['profiles', 'customers'], adopts: true });
    expect(adopted).toBe(false);
    expect(findings.map(({ subjectId, outcome }) => [subjectId, outcome])).toEqual([
      ['ann', 'row_created'],
      [customerId, 'withheld'],
    ]);
    expect(world.dynamodb.entitlements.has('ann')).toBe(true);
    expect(world.calls).not.toContain('delete customer');
  });

  it('changes nothing if it is a dry run of the adoption', async () => {
    const world = unadopted();
    world.addAccount('ann');
    world.dynamodb.entitlements.delete('ann');
    const { findings } = await world.run({ checks: ['profiles'], adopts: true, dryRun: true });
    expect(findings).toMatchObject([{ subjectId: 'ann', outcome: 'found', planned: 'row_created' }]);
    expect(world.dynamodb.entitlements.size).toBe(0);
  });
});
