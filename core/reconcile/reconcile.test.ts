import { describe, expect, it } from 'vitest';
import { Fault } from '../system/fault.ts';
import type { PartName } from './parts.ts';
import { createReconcile, type Progress, type ReconcileServices } from './reconcile.ts';
import type { Finding } from './report.ts';

/** Pages of two customers each, all of nobody, and what became of them. */
function installation(customers = 6) {
  const ended = new Set<string>();
  const warned: unknown[] = [];
  const errors: unknown[] = [];
  let progress: Progress | undefined;
  let refused: string | null = null;
  const page = async (from: string | null) => {
    if (from !== null && from === refused) {
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'list all customers' });
    }
    const start = Number(from ?? 0);
    const ids = [`cus_${start + 1}`, `cus_${start + 2}`];
    const items = ids.filter((id) => !ended.has(id)).map((id) => ({ id, sub: `user-${id}`, email: null }));
    return { items, next: start + 2 < customers ? String(start + 2) : null };
  };
  const services = {
    listings: { customers: page, rowsOf: async () => new Map(), profilesOf: async () => new Map() },
    sync: async ({ sub }: { readonly sub: string | null }) => ({ kind: 'no_such_user', sub: sub ?? '' }),
    profiles: { read: async () => undefined },
    users: { readUser: async () => undefined },
    billing: {
      deleteCustomer: async (id: string) => {
        ended.add(id);
      },
    },
    clock: { nowMs: () => 0 },
    log: {
      error: (_: string, __: unknown, cause: unknown) => cause && errors.push(cause),
      warn: (_: string, fields: unknown) => warned.push(fields),
    },
    checkpoint: {
      load: async () => progress,
      save: async (next: Progress | undefined) => {
        progress = next;
      },
    },
  } as unknown as ReconcileServices;
  return {
    ended,
    warned,
    errors,
    run: createReconcile(services),
    noted: () => progress,
    refuse: (from: string) => {
      refused = from;
    },
  };
}

const parts: readonly PartName[] = ['customers'];

describe('a run', () => {
  it('that may be cut off after any account gets through in the end, and counts each once', async () => {
    const { run, ended, noted } = installation();
    const found: Finding[] = [];
    const onFindings = async (findings: readonly Finding[]) => {
      found.push(...findings);
    };
    let calls = 1;
    let result = await run({ parts, goOn: () => false, onFindings });
    for (; !result.complete; calls += 1) {
      expect(ended.size).toBeGreaterThan(0);
      result = await run({ parts, goOn: () => false, onFindings });
    }
    expect(calls).toBeLessThan(10);
    expect(ended.size).toBe(6);
    expect(result.report).toMatchObject({ differed: 6, healed: 6, byReason: { customer_without_user: 6 } });
    expect(new Set(found.map(({ who }) => who)).size).toBe(6);
    expect(found).toHaveLength(6);
    expect(noted()).toBeUndefined();
  });

  it('that is refused the same place again and again fails, and does not go round for ever', async () => {
    const { run, ended, refuse, warned } = installation();
    await run({ parts, goOn: () => ended.size < 2 });
    refuse('2');
    expect(await run({ parts, dryRun: true }).catch(() => 'gave up')).toBe('gave up');
    expect(warned).toHaveLength(3);
  });

  it('ends no more of nobody than a few, over all its calls: then pool and customers hardly belong together', async () => {
    const { run, ended, errors } = installation(40);
    let asked = 0;
    // Time for one page, of two accounts.
    const goOn = () => {
      asked += 1;
      return asked % 2 === 1;
    };
    let result = await run({ parts, goOn });
    for (let calls = 1; !result.complete && calls < 40; calls += 1) result = await run({ parts, goOn });
    expect(ended.size).toBe(10);
    expect(result.report).toMatchObject({ healed: 10, failed: 30 });
    const [first] = errors;
    expect(first).toMatchObject({ details: { reason: 'too_many_of_nobody' } });
  });

  it('ends as many as somebody allows who has looked', async () => {
    const { run, ended } = installation(40);
    expect((await run({ parts, endAtMost: 0 })).report).toMatchObject({ healed: 0, failed: 40 });
    expect(ended.size).toBe(0);
    expect((await run({ parts, endAtMost: 40 })).report).toMatchObject({ healed: 40, failed: 0 });
  });

  it('ends though a part is named twice', async () => {
    const { run, ended } = installation();
    expect(await run({ parts: ['customers', 'customers'] })).toMatchObject({ complete: true });
    expect(ended.size).toBe(6);
  });

  it('tells what was found before it, and the whole', async () => {
    const { run, ended } = installation();
    await run({ parts, goOn: () => ended.size < 2 });
    const { before, report } = await run({ parts });
    expect([before.healed, report.healed]).toEqual([2, 6]);
  });
});
