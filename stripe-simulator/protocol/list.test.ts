/** Tests of pagination. */
import fc from 'fast-check';
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Table } from '../store/table.ts';
import { createSubscription, type Rig, startRig } from '../testing/rig.ts';
import { listPage } from './list.ts';
import { Params } from './params.ts';

interface Row {
  readonly id: string;
}

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

function pageOf(table: Table<Row>, params: Record<string, string>) {
  const request = { id: '', subId: '', path: '/v1/rows', params: new Params(params), version: '' };
  return listPage(request, table, { noun: 'row' });
}

const table = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 }).map((ids) => {
  const rows = new Table<Row>(() => undefined);
  for (const id of ids) rows.put({ id });
  return { rows, ids };
});

test('Paging forward returns every row once, newest first, for any page size', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 100 }), ({ rows, ids }, limit) => {
      const seen: string[] = [];
      let more = true;
      while (more) {
        const last = seen.at(-1);
        const page = pageOf(rows, {
          limit: String(limit),
          ...(last === undefined ? {} : { starting_after: last }),
        });
        seen.push(...page.data.map(({ id }) => id));
        expect(page.data.length).toBeLessThanOrEqual(limit);
        more = page.has_more;
      }
      expect(seen).toEqual([...ids].reverse());
    }),
  );
});

test('Paging backward from the oldest row returns the same rows', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 100 }), ({ rows, ids }, limit) => {
      const [oldest] = ids;
      if (oldest === undefined) return;
      let seen = [oldest];
      let more = true;
      while (more) {
        const page = pageOf(rows, { limit: String(limit), ending_before: seen[0] ?? '' });
        seen = [...page.data.map(({ id }) => id), ...seen];
        more = page.has_more;
      }
      expect(seen).toEqual([...ids].reverse());
    }),
  );
});

test('A row that leaves the filter between two pages hides no other row', async () => {
  const all = [];
  for (let index = 0; index < 5; index++) all.push((await createSubscription(stripe)).id);
  const first = await stripe.subscriptions.list({ limit: 2 });
  const last = String(first.data.at(-1)?.id);

  await stripe.subscriptions.cancel(last);
  const second = await stripe.subscriptions.list({ limit: 100, starting_after: last });

  expect(second.data.map(({ id }) => id)).toEqual(all.slice(0, 3).reverse());
});

test('The library pages through a whole list automatically', async () => {
  for (let index = 0; index < 25; index++) await stripe.products.create({ name: `Product ${index}` });

  const names = (await stripe.products.list({ limit: 10 }).autoPagingToArray({ limit: 100 })).map(
    ({ name }) => name,
  );
  expect(names.filter((name) => name.startsWith('Product'))).toHaveLength(25);
});

test('An unknown cursor is rejected', async () => {
  await expect(stripe.customers.list({ starting_after: 'cus_none' })).rejects.toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'starting_after',
  });
});
