import { describe, expect, it } from 'vitest';
import { AwsError } from '../transport/aws-json.ts';
import type { Cognito } from './client.ts';
import { createPoolListings, createUserReader } from './user-reader.ts';

const poolId = 'us-east-1_a';
const sub = { Name: 'sub', Value: 'user-1' };

/** A pool that answers every call with this body. */
const answering =
  (body: object | undefined): Cognito =>
  async () =>
    body as Awaited<ReturnType<Cognito>>;

describe('A user of the pool', () => {
  it('is read by name, and found by its sub', async () => {
    const read = createUserReader({ client: answering({ Username: 'ann', UserAttributes: [sub] }), poolId });
    expect(await read.readUser({ sub: 'user-1', username: 'ann' })).toMatchObject({
      sub: 'user-1',
      enabled: true,
    });
    const users = {
      Users: [{ Username: 'ann', Attributes: [sub], UserStatus: 'UNCONFIRMED', Enabled: false }],
    };
    const list = createUserReader({ client: answering(users), poolId });
    expect(await list.readUser({ sub: 'user-1', username: null })).toMatchObject({
      username: 'ann',
      confirmed: false,
      enabled: false,
    });
  });

  it('does not exist only if Cognito says so', async () => {
    const missing: Cognito = async () => {
      throw new AwsError('UserNotFoundException', { status: 400, headers: {}, text: '' });
    };
    const reader = createUserReader({ client: missing, poolId });
    expect(await reader.readUser({ sub: 'user-1', username: 'ann' })).toBeUndefined();
    for (const body of [undefined, {}, { Username: 'ann' }, { Username: 'ann', UserAttributes: {} }]) {
      const unclear = createUserReader({ client: answering(body), poolId });
      await expect(unclear.readUser({ sub: 'user-1', username: 'ann' })).rejects.toMatchObject({
        details: { code: 'unknown_shape', system: 'cognito' },
      });
    }
  });

  it('is missing from a listing only if Cognito lists users', async () => {
    const none = createPoolListings({ client: answering({ Users: [] }), poolId });
    expect(await none.missingUsers(['user-1'])).toEqual(new Set(['user-1']));
    for (const body of [undefined, {}, { Users: null }, { Users: 'ann' }]) {
      const unclear = createPoolListings({ client: answering(body), poolId });
      await expect(unclear.missingUsers(['user-1'])).rejects.toMatchObject({
        details: { code: 'unknown_shape' },
      });
    }
  });
});
