import { describe, expect, it } from 'vitest';
import type { UnknownRecord } from '../../core/system/record.ts';
import type { RevenueCatAnswer, RevenueCatClient } from './client.ts';
import { listEvery } from './listing.ts';

/** Answers each request with the next page. */
function clientWith(...pages: readonly (UnknownRecord | 'missing')[]) {
  const paths: string[] = [];
  const get: RevenueCatClient['get'] = async (_, path): Promise<RevenueCatAnswer | 'missing'> => {
    paths.push(path);
    const page = pages[Math.min(paths.length, pages.length) - 1];
    return page === undefined || page === 'missing' ? 'missing' : { body: page, asOf: paths.length };
  };
  return { paths, list: () => listEvery({ get }, 'list', '/items?limit=2') };
}

const unknownShape = { details: { code: 'unknown_shape', system: 'revenuecat' } };

describe('A list', () => {
  it('is read page by page, as of its first page', async () => {
    const { paths, list } = clientWith(
      { items: [{ id: 'a' }, { id: 'b&c' }], next_page: '/v2/next' },
      { items: [{ id: 'd' }], next_page: null },
    );
    expect(await list()).toEqual({ items: [{ id: 'a' }, { id: 'b&c' }, { id: 'd' }], asOf: 1 });
    expect(paths).toEqual(['/items?limit=2', '/items?limit=2&starting_after=b%26c']);
  });

  it('has each item once, as the last page shows it, if it shifts between the pages', async () => {
    const { list } = clientWith(
      { items: [{ id: 'a' }, { id: 'b', version: 1 }], next_page: '/v2/next' },
      { items: [{ id: 'b', version: 2 }, { id: 'c' }], next_page: null },
    );
    expect(await list()).toMatchObject({ items: [{ id: 'a' }, { id: 'b', version: 2 }, { id: 'c' }] });
  });

  it('keeps what is no record out', async () => {
    const { list } = clientWith({ items: [null, 'a', [], 1, { id: 'a' }, { other: true }] });
    expect(await list()).toMatchObject({ items: [{ id: 'a' }, { other: true }] });
  });

  it('is missing if its customer is missing', async () => {
    expect(await clientWith('missing').list()).toBe('missing');
  });

  it('is not empty if its customer or its last item is missing by the second page', async () => {
    const { list } = clientWith({ items: [{ id: 'a' }], next_page: '/v2/next' }, 'missing');
    await expect(list()).rejects.toMatchObject(unknownShape);
  });

  it.each([
    ['null', null],
    ['an object', {}],
    ['a text', 'items'],
    ['nothing', undefined],
  ])('has an unknown shape if its items are %s', async (_, items) => {
    await expect(clientWith({ items }).list()).rejects.toMatchObject(unknownShape);
  });

  it.each([
    ['is empty', []],
    ['ends with an item without an id', [{ id: 'a' }, {}]],
    ['ends with half a character', [{ id: '\ud800' }]],
  ])('does not count as complete if a page before the last one %s', async (_, items) => {
    await expect(clientWith({ items, next_page: '/v2/next' }).list()).rejects.toMatchObject(unknownShape);
  });

  it('is not read forever if a page repeats', async () => {
    const { paths, list } = clientWith({ items: [{ id: 'a' }], next_page: '/v2/next' });
    await expect(list()).rejects.toMatchObject(unknownShape);
    expect(paths).toHaveLength(2);
  });

  it('is not read forever if it has no end', async () => {
    let page = 0;
    const get = async () => {
      page += 1;
      return { body: { items: [{ id: `item${page}` }], next_page: '/v2/next' }, asOf: null };
    };
    await expect(listEvery({ get }, 'list', '/items?limit=2')).rejects.toMatchObject(unknownShape);
    expect(page).toBe(20);
  });
});
