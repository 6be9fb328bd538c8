/** Each function on each of its ways: the plain ones, whose calls are counted, and the rare ones that need more rights. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { apiEvent } from '../support/api-events.ts';
import { type Payer, payingCustomer } from '../support/payers.ts';
import type { Stage } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

export interface Person {
  readonly sub: string;
  readonly username: string;
}

export async function poolUser({ cognito, poolId }: Stage): Promise<Person> {
  const email = `${randomUUID()}@example.com`;
  const { User } = await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: email,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { sub, username: User?.Username ?? '' };
}

/** All that a path starts from, made past the wires. */
export interface Grounds {
  readonly stage: Stage;
  readonly price: string;
}

export function confirmation(stage: Stage, { sub, username }: Person): object {
  return {
    version: '1',
    userPoolId: stage.poolId,
    userName: username,
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: { userAttributes: { sub, email: `${sub}@example.com`, email_verified: 'true' } },
    response: {},
  };
}

type Method = 'GET' | 'POST' | 'DELETE';

export function request(method: Method, path: string, { sub, username }: Person, body?: object): object {
  const claims = { sub, ...(username === '' ? {} : { 'cognito:username': username }) };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return apiEvent('http', { method, path, claims, ...text });
}

/** Known to all three systems; a webhook may not have come yet. */
export async function subscriber({ stage, price }: Grounds): Promise<Person & Payer> {
  const person = await poolUser(stage);
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: person.sub } });
  await stage.putProfile({ userId: person.sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: person.sub, status: 'none', version: 1 });
  return { ...person, ...payer };
}

export function changed({ customerId, subscriptionId }: Payer): object {
  return delivered(
    stripeEvent('customer.subscription.updated', { id: subscriptionId, customer: customerId }),
  );
}

/** By the lookup key that the stage offers. */
const wish = { price: 'pro_monthly' };

/** By the names under which the cost model counts them. */
export const plainPaths = {
  sign_up: async ({ stage }: Grounds) => {
    const person = await poolUser(stage);
    return () => stage.invoke('post-confirmation', confirmation(stage, person));
  },
  webhook: async (grounds: Grounds) => {
    const payer = await subscriber(grounds);
    return () => grounds.stage.call('stripe-webhook', changed(payer));
  },
  entitlements: async (grounds: Grounds) => {
    const person = await subscriber(grounds);
    return () => grounds.stage.call('entitlements-api', request('GET', '/me/entitlements', person));
  },
  sync: async (grounds: Grounds) => {
    const person = await subscriber(grounds);
    return () => grounds.stage.call('checkout', request('POST', '/me/entitlements/sync', person));
  },
  checkout: async ({ stage }: Grounds) => {
    const person = await poolUser(stage);
    await stage.invoke('post-confirmation', confirmation(stage, person));
    return () => stage.call('checkout', request('POST', '/me/checkout-session', person, wish));
  },
  portal: async (grounds: Grounds) => {
    const person = await subscriber(grounds);
    const event = request('POST', '/me/billing-portal-session', person, {});
    return () => grounds.stage.call('billing-portal', event);
  },
  deletion: async (grounds: Grounds) => {
    const person = await subscriber(grounds);
    return () => grounds.stage.call('delete-user', request('DELETE', '/me/account', person));
  },
} as const satisfies Record<string, (grounds: Grounds) => Promise<() => Promise<unknown>>>;

/** What needs rights that no plain path needs. */
export const rarePaths: Readonly<Record<string, (grounds: Grounds) => Promise<unknown>>> = {
  'a sign-up twice at once, and one that comes after the customer is gone': async ({ stage }) => {
    const person = await poolUser(stage);
    const event = confirmation(stage, person);
    await Promise.all([stage.invoke('post-confirmation', event), stage.invoke('post-confirmation', event)]);
    const { id } = await stage.stripe.customers.create({ metadata: { cognito_sub: person.sub } });
    await stage.putProfile({ userId: person.sub, stripeCustomerId: id });
    await stage.invoke('post-confirmation', event);
    for (const deletion of [{}, { deletionRequestedAt: '2026-01-01T00:00:00.000Z' }]) {
      const late = await poolUser(stage);
      await stage.invoke('post-confirmation', confirmation(stage, late));
      const profile = await stage.profile(late.sub);
      await stage.stripe.customers.del(String(profile?.['stripeCustomerId']));
      await stage.putProfile({ userId: late.sub, ...profile, ...deletion });
      await stage.invoke('post-confirmation', confirmation(stage, late));
    }
  },
  'a webhook that makes the row, and one that finds the account gone': async (grounds) => {
    const { stage } = grounds;
    const payer = await subscriber(grounds);
    await stage.stripe.customers.update(payer.customerId, { metadata: { cognito_sub: 'half-signed-up' } });
    await stage.putProfile({ userId: 'half-signed-up', stripeCustomerId: payer.customerId });
    await stage.call('stripe-webhook', changed(payer));
    const gone = await payingCustomer(stage, { price: grounds.price, metadata: { cognito_sub: 'gone' } });
    await stage.putEntitlement({ cognito_sub: 'gone', status: 'active', provisional: true, version: 1 });
    await stage.call('stripe-webhook', changed(gone));
  },
  'a checkout of a user without rows, of one named by the sub alone, and of one who is deleted meanwhile':
    async ({ stage }) => {
      const fresh = await poolUser(stage);
      await stage.call('checkout', request('POST', '/me/checkout-session', fresh, wish));
      const bySub = { ...(await poolUser(stage)), username: '' };
      await stage.call('checkout', request('POST', '/me/checkout-session', bySub, wish));
      const leaving = await poolUser(stage);
      const held = stage.wires.stripe.holdNext('POST /v1/customers');
      const asked = stage.call('checkout', request('POST', '/me/checkout-session', leaving, wish));
      await held.reached;
      const Username = leaving.username;
      await stage.cognito.send(new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username }));
      held.release();
      await asked;
    },
  'a reconcile that goes on where it was, heals, provisions and finishes a deletion': async (grounds) => {
    const { stage, price } = grounds;
    await subscriber(grounds);
    const known = await poolUser(stage);
    await payingCustomer(stage, { price, metadata: { cognito_sub: known.sub } });
    const leaving = await poolUser(stage);
    await stage.putProfile({
      userId: leaving.sub,
      deletionRequestedAt: '2026-01-01T00:00:00.000Z',
      deletionUsername: leaving.username,
    });
    await stage.putEntitlement({ cognito_sub: 'nobody', status: 'none', version: 1 });
    await stage.invoke('reconcile', {});
    await stage.invoke('reconcile', { everyHours: 1 });
  },
};
