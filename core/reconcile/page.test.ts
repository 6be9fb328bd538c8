import { describe, expect, it } from 'vitest';
import { scanResult, subsIn } from './page.ts';
import type { RepairServices } from './repair.ts';
import { defineCheck } from './scan.ts';

describe('A page of a listing', () => {
  const page = { items: [{ sub: 'ann' }, { sub: null }, { sub: 'ben' }, { sub: 'ann' }], next: 'cursor' };

  it('names each user once, and leaves items without a user out', () => {
    expect(subsIn(page)).toEqual(['ann', 'ben']);
  });

  it('counts every item, and reports those with a drift', () => {
    const result = scanResult(page, ({ sub }) =>
      sub === 'ben' ? { reason: 'row_missing', subjectId: sub, sub } : undefined,
    );
    const drift = { reason: 'row_missing', subjectId: 'ben', sub: 'ben' };
    expect(result).toEqual({ checked: 4, drifts: [drift], next: 'cursor' });
  });
});

describe('A check', () => {
  const services = {} as RepairServices;
  const drifts = ['ann', 'ben'].map((sub) => ({
    reason: 'odd' as const,
    subjectId: `id-${sub}`,
    sub,
    extra: 1,
  }));
  const definition = {
    name: 'odd_ones',
    optIn: 'by hand',
    reads: 'everything',
    reasons: { odd: { meaning: 'It is odd.', repair: 'Nothing.' } },
    scan: async ({ cursor }: { readonly cursor: string | null }) => ({
      checked: 3,
      drifts,
      next: `after ${cursor}`,
    }),
  } as const;
  const request = { listings: {} as never, cursor: 'here', nowSeconds: 0 };

  it('shows what it is, and scans the requested page', async () => {
    const check = defineCheck({ ...definition, plan: null });
    const { name, optIn, reads, reasons } = definition;
    expect(check).toMatchObject({ name, optIn, reads, reasons });
    const result = await check.scan(request);
    expect(result).toMatchObject({ checked: 3, next: 'after here' });
    expect(result.drifts.map(({ reason, subjectId, sub }) => [reason, subjectId, sub])).toEqual([
      ['odd', 'id-ann', 'ann'],
      ['odd', 'id-ben', 'ben'],
    ]);
  });

  it('plans each drift with the services of the run and the data of the drift', async () => {
    const planned: unknown[] = [];
    const check = defineCheck({
      ...definition,
      plan: async (given, drift: (typeof drifts)[number]) => {
        planned.push(given === services, drift);
        return { kind: 'unchanged' };
      },
    });
    const [, second] = (await check.scan(request)).drifts;
    expect(await second?.plan(services)).toEqual({ kind: 'unchanged' });
    expect(planned).toEqual([true, drifts[1]]);
  });

  it('leaves every drift to a person if it has no plan', async () => {
    const [first] = (await defineCheck({ ...definition, plan: null }).scan(request)).drifts;
    expect(await first?.plan(services)).toEqual({ kind: 'review' });
  });
});
