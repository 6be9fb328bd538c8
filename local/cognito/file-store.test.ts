/** The files that keep the users. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { password, quietTrigger, startTestCloud } from '../../tests/support/test-cloud.ts';
import { userPoolId } from './pool.ts';

type Key = string | readonly string[];

interface DataStore {
  get(ctx: unknown, key: Key, otherwise?: unknown): Promise<unknown>;
  set(ctx: unknown, key: Key, value: unknown): Promise<void>;
  delete(ctx: unknown, key: Key): Promise<void>;
  getRoot(ctx: unknown): Promise<unknown>;
}

/** Plain JavaScript, which runs in a process of its own. */
const { FileStoreFactory } = createRequire(import.meta.url)('./file-store.cjs') as {
  FileStoreFactory: new (
    directory: string,
  ) => { create(ctx: unknown, id: string, defaults: object): Promise<DataStore> };
};

describe('The store of the users', () => {
  let directory: string;
  let store: DataStore;
  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'predixa-test-'));
    store = await new FileStoreFactory(directory).create({}, 'pool', { Users: {} });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const stored = async () => JSON.parse(await readFile(path.join(directory, 'pool.json'), 'utf8')) as object;

  it('has each change in the file when the change is done, also if many are made at once', async () => {
    const changes = Array.from({ length: 50 }, async (_, n) => {
      await store.set({}, ['Users', `user-${n}`], { n });
      expect(await stored()).toHaveProperty(['Users', `user-${n}`], { n });
    });
    await Promise.all(changes);
    await store.delete({}, ['Users', 'user-7']);
    expect(await stored()).not.toHaveProperty(['Users', 'user-7']);
    expect(readdirSync(directory)).toEqual(['pool.json']);
  });

  it('restores what was stored, with its dates', async () => {
    const UserCreateDate = new Date('2027-01-15T12:00:00Z');
    await store.set({}, ['Users', 'ann'], { UserCreateDate });
    const again = await new FileStoreFactory(directory).create({}, 'pool', { Users: {} });
    expect(await again.get({}, ['Users', 'ann'])).toEqual({ UserCreateDate });
    expect(await again.getRoot({})).toEqual({ Users: { ann: { UserCreateDate } } });
  });

  it('knows no user that was not stored, whatever the name', async () => {
    for (const name of ['missing', 'constructor', 'toString', '__proto__']) {
      expect(await store.get({}, ['Users', name])).toBeNull();
    }
    expect(await store.get({}, ['Groups', 'any', 'deep'], 'default')).toBe('default');
  });

  it('stores and removes a user of any name, and changes no other', async () => {
    for (const name of ['ann', 'constructor', 'toString', '__proto__']) {
      await store.set({}, ['Users', name], { name });
      expect(await store.get({}, ['Users', name])).toEqual({ name });
      expect(await store.get({}, ['Users', 'name'])).toBeNull();
      await store.set({}, ['Users', name, 'deep', name], 1);
      expect(await store.get({}, ['Users', name, 'deep', name])).toBe(1);
      await store.delete({}, ['Users', name]);
      expect(await store.get({}, ['Users', name])).toBeNull();
    }
    await store.delete({}, ['toString', 'never', 'stored']);
    expect(await stored()).toEqual({ Users: {} });
  });

  it('takes a file that is not JSON for none of its own', async () => {
    await writeFile(path.join(directory, 'half.json'), '{"Users":');
    await expect(new FileStoreFactory(directory).create({}, 'half', {})).rejects.toThrow(SyntaxError);
  });
});

describe('A user', () => {
  it('who signs in again and again is stored with the latest hundred sign-ins', async () => {
    const cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
    const email = 'often@example.com';
    await cloud.signUp(email);
    await cloud.confirm(email);
    for (let n = 0; n < 105; n += 1) await cloud.cognito.signInByPassword({ email, password });
    const file = path.join(cloud.directory, 'cognito', '.cognito', 'db', `${userPoolId}.json`);
    const { Users } = JSON.parse(await readFile(file, 'utf8')) as {
      Users: Record<string, { RefreshTokens: readonly string[] }>;
    };
    expect(Object.values(Users).map(({ RefreshTokens }) => RefreshTokens.length)).toEqual([100]);
    await cloud.close();
  });
});
