import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { CustomerIndex } from '../../core/account/customer-index.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { createDynamoDb } from './client.ts';
import { createCustomerIndex } from './customer-index.ts';

let stage: Stage;
let index: CustomerIndex;
beforeAll(async () => {
  stage = await createStage();
  for (const [name, value] of Object.entries(stage.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, value);
  const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 2 });
  index = createCustomerIndex({ client, tableName: stage.env['ENTITLEMENTS_TABLE'] ?? '' });
  return () => stage.close();
});

const newId = () => `cus_${randomUUID().slice(0, 8)}`;
const itemOf = (customerId: string) => stage.entitlement(`stripe_customer#${customerId}`);

describe('The index of customers', () => {
  it('leads to no one until a user is added, and to no one again after that user is dropped', async () => {
    const id = newId();
    expect(await index.usersOf(id)).toEqual([]);
    await index.add(id, 'ann');
    await index.add(id, 'ann');
    expect(await index.usersOf(id)).toEqual(['ann']);
    await index.drop(id, 'ann');
    await index.drop(id, 'ann');
    expect(await itemOf(id)).toBeUndefined();
  });

  it('keeps what leads to other users', async () => {
    const id = newId();
    for (const sub of ['ann', 'ben', 'cid']) await index.add(id, sub);
    await index.drop(id, 'ben');
    await index.drop(id, 'dan');
    expect(await index.usersOf(id)).toEqual(['ann', 'cid']);
    await index.drop(id, 'cid');
    expect(await itemOf(id)).toMatchObject({ users: ['ann'] });
    await index.drop(id, 'ann');
    expect(await itemOf(id)).toBeUndefined();
  });

  it('loses nothing if several processes write at the same time', async () => {
    const id = newId();
    await Promise.all(['ann', 'ben', 'cid'].map((sub) => index.add(id, sub)));
    expect([...(await index.usersOf(id))].sort()).toEqual(['ann', 'ben', 'cid']);
    await Promise.all(['ann', 'ben', 'cid'].map((sub) => index.drop(id, sub)));
    expect(await itemOf(id)).toBeUndefined();
  });

  it('corrects an item that another writer has changed', async () => {
    const id = newId();
    await stage.putEntitlement({ cognito_sub: `stripe_customer#${id}`, users: 'ann' });
    await index.add(id, 'ben');
    expect(await index.usersOf(id)).toEqual(['ben']);
  });
});
