/** Tests that all users can be saved and loaded, however many there are and however often they have signed in. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { password, quietTrigger, startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
});
afterAll(() => cloud.close());

it('Users come back with passwords and sessions, also if their records are larger than a request', async () => {
  await cloud.signUp('ada@example.com');
  await cloud.confirm('ada@example.com');
  const [user] = await recordsOf(await cloud.cognito.saveAll());
  const many = Array.from({ length: 120 }, (_, index) => ({
    ...user,
    Username: `user-${index}`,
    Attributes: [
      { Name: 'sub', Value: `user-${index}` },
      { Name: 'email', Value: `user-${index}@example.com` },
    ],
    // As after many sign-ins.
    RefreshTokens: ['x'.repeat(2_000)],
  }));
  await cloud.cognito.loadAll({ Records: JSON.stringify({ users: [user, ...many], groups: [] }) });

  const loaded = await recordsOf(await cloud.cognito.saveAll());
  expect(loaded).toHaveLength(121);
  expect(loaded.find(({ Username }) => Username === 'user-119')?.['RefreshTokens']).toEqual([
    'x'.repeat(2_000),
  ]);
  expect((await cloud.cognito.signInByPassword({ email: 'ada@example.com', password })).idToken).toMatch(
    /^eyJ/,
  );
});

it('What was there before is gone after a load', async () => {
  const saved = await cloud.cognito.saveAll();
  await cloud.signUp('later@example.com');
  await cloud.cognito.loadAll(saved);
  expect(await cloud.cognito.saveAll()).toEqual(saved);
});

it('What is no record of users is refused, and changes nothing', async () => {
  const saved = await cloud.cognito.saveAll();
  for (const wrong of [{}, { Records: 'no JSON' }, { Records: '{"users": 1, "groups": []}' }]) {
    await expect(cloud.cognito.loadAll(wrong)).rejects.toThrow('no users of a pool');
  }
  expect(await cloud.cognito.saveAll()).toEqual(saved);
});

async function recordsOf(saved: unknown): Promise<readonly Record<string, unknown>[]> {
  const { Records } = saved as { Records: string };
  return (JSON.parse(Records) as { users: readonly Record<string, unknown>[] }).users;
}
