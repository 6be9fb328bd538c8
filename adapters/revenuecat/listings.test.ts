import { describe, expect, it } from 'vitest';
import type { UnknownRecord } from '../../core/system/record.ts';
import type { OpenStores } from './access.ts';
import { createStoreListings } from './listings.ts';

/** Unix seconds. */
const SINCE = 1_700_000_000;

const customer = (id: unknown, fields: UnknownRecord = {}): UnknownRecord => ({
  id,
  last_seen_at: SINCE * 1_000,
  ...fields,
});

function listings(body: UnknownRecord | 'missing') {
  const paths: string[] = [];
  const client = {
    get: async (_: string, path: string) => {
      paths.push(path);
      return body === 'missing' ? body : { body, asOf: null };
    },
  };
  const purchases = { readAliases: async (id: string) => [id, `user of ${id}`, `sub-${id.slice(-1)}`] };
  return { paths, ...createStoreListings({ client, purchases } as unknown as OpenStores, SINCE) };
}

async function subsOf(...items: readonly unknown[]) {
  const { storeCustomers } = listings({ items });
  return (await storeCustomers(null)).items.map(({ sub }) => sub);
}

describe('The customers of RevenueCat', () => {
  it('are none without a project', async () => {
    const { storeCustomers } = createStoreListings(null, SINCE);
    expect(await storeCustomers(null)).toEqual({ items: [], next: null });
  });

  it('are the users who were seen since then, or have something active', async () => {
    const before = { last_seen_at: SINCE * 1_000 - 1 };
    const active = { active_entitlements: { items: [{ entitlement_id: 'entl1' }] } };
    const items = [
      customer('seen'),
      customer('gone', before),
      customer('active', { ...before, ...active }),
      customer('gone-too', { ...before, active_entitlements: { items: [] } }),
      // Without a readable time, it may have been a moment ago.
      customer('unknown', { last_seen_at: 'today' }),
    ];
    expect(await subsOf(...items)).toEqual(['seen', 'active', 'unknown']);
  });

  it('are found through the other ids of an anonymous one, each once', async () => {
    expect(await subsOf(customer('$RCAnonymousID:7'), customer('sub-7'))).toEqual(['sub-7']);
  });

  it('are no items of the installation, and nothing without a usable id', async () => {
    const keys = ['installation#adoption', 'trial#1', 'a b', '..'].map((id) => customer(id));
    const subs = await subsOf(...keys, customer(null), customer({}), null, 'text');
    expect(subs.filter((sub) => !sub.startsWith('sub-'))).toEqual([]);
  });

  it('are listed page by page', async () => {
    const { paths, storeCustomers } = listings({
      items: [customer('a'), customer('b c')],
      next_page: '/next',
    });
    expect(await storeCustomers('x&y')).toMatchObject({ next: 'b c' });
    expect(paths).toEqual(['/customers?limit=100&starting_after=x%26y']);
    expect(await listings({ items: [customer('a')], next_page: null }).storeCustomers('x')).toMatchObject({
      next: null,
    });
  });

  it.each([
    ['is the same again', [customer('x')]],
    ['is empty', []],
    ['ends with a customer without an id', [customer('a'), {}]],
    ['has no items', null],
  ])('are not all listed if a page before the last one %s', async (_, items) => {
    const { storeCustomers } = listings({ items, next_page: '/next' });
    await expect(storeCustomers('x')).rejects.toMatchObject({ details: { code: 'unknown_shape' } });
  });

  it('cannot be listed if the project is unknown', async () => {
    await expect(listings('missing').storeCustomers(null)).rejects.toMatchObject({
      details: { code: 'refused', statusCode: 404 },
    });
  });
});
