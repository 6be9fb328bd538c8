import { randomUUID } from 'node:crypto';
import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';

let cloud: LocalCloud;
let systems: Systems;
beforeAll(async () => {
  cloud = await createLocalCloud({
    ephemeral: true,
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
  });
  systems = systemsAt(cloud.env);
});
afterAll(async () => {
  systems.close();
  await cloud.close();
});

const inCognito = (username: string) =>
  systems.cognito.send(new AdminGetUserCommand({ UserPoolId: systems.poolId, Username: username })).then(
    () => true,
    () => false,
  );

describe('A federated user', () => {
  it.each(['idToken', 'accessToken'] as const)(
    'failure mode 28: is provisioned at the first sign-in, and is deleted in every system by a request with the %s',
    async (kind) => {
      const id = randomUUID();
      const user = await cloud.signInFederated({ provider: 'Google', id, email: `${id}@example.com` });
      expect(user.username).toBe(`Google_${id}`);
      const profile = await systems.profile(user.sub);
      expect(profile).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
      expect(await systems.deleteAccount(user[kind])).toMatchObject({ status: 200 });
      expect([await systems.profile(user.sub), await systems.entitlement(user.sub)]).toEqual([
        undefined,
        undefined,
      ]);
      const customer = await systems.stripe.customers.retrieve(String(profile?.['stripeCustomerId']));
      expect(customer.deleted).toBe(true);
      expect(await inCognito(user.username)).toBe(false);
    },
  );
});

describe('The API', () => {
  async function signIn() {
    const { cognito, clientId: ClientId } = systems;
    const Username = `${randomUUID()}@example.com`;
    const Password = 'Correct-horse-1';
    await cognito.send(new SignUpCommand({ ClientId, Username, Password }));
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '123456' }));
    const { idToken: id, accessToken: access } = await systems.signIn(Username, Password);
    return { id, access };
  }
  const send = (authorization?: string) =>
    fetch(`${cloud.urls.api}/me/entitlements`, {
      headers: authorization === undefined ? {} : { authorization },
    });

  it('accepts ID and access tokens of the pool, and rejects a missing token, a changed signature and nonsense', async () => {
    const { id, access } = await signIn();
    const statuses = [];
    for (const token of [
      `Bearer ${id}`,
      `Bearer ${access}`,
      undefined,
      `Bearer ${id.slice(0, -4)}AAAA`,
      'Bearer x',
    ]) {
      statuses.push((await send(token)).status);
    }
    expect(statuses).toEqual([200, 200, 401, 401, 401]);
  });

  it('failure mode 30: grants no access to the token of a deleted account, and creates nothing for it', async () => {
    const { id } = await signIn();
    expect(await systems.deleteAccount(id)).toMatchObject({ status: 200 });
    expect(await systems.entitlements(id)).toMatchObject({ status: 'none', access_granted: false });
    const sub = JSON.parse(Buffer.from(id.split('.')[1] ?? '', 'base64url').toString()).sub;
    expect([await systems.profile(sub), await systems.entitlement(sub)]).toEqual([undefined, undefined]);
    const { data } = await systems.stripe.customers.list({ limit: 100 });
    expect(data.filter(({ metadata }) => metadata['cognito_sub'] === sub)).toEqual([]);
  });
});
