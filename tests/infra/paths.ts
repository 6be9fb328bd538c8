/** Runs each function along its plain paths, whose calls are counted, and along rare paths, which need more permissions. */
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

/** What a path starts from, created without going through the wires. */
export interface PathContext {
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

/** Creates a user that exists in all three systems, but whose webhook event has not arrived yet. */
export async function subscriber({ stage, price }: PathContext): Promise<Person & Payer> {
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

/** A checkout request with a lookup key that the stage offers. */
const checkoutRequest = { price: 'pro_monthly' };

/** The plain paths, by their names in the cost model. */
export const plainPaths = {
  sign_up: async ({ stage }: PathContext) => {
    const person = await poolUser(stage);
    return () => stage.invoke('post-confirmation', confirmation(stage, person));
  },
  webhook: async (context: PathContext) => {
    const payer = await subscriber(context);
    return () => context.stage.call('stripe-webhook', changed(payer));
  },
  entitlements: async (context: PathContext) => {
    const person = await subscriber(context);
    return () => context.stage.call('entitlements-api', request('GET', '/me/entitlements', person));
  },
  sync: async (context: PathContext) => {
    const person = await subscriber(context);
    return () => context.stage.call('checkout', request('POST', '/me/entitlements/sync', person));
  },
  checkout: async ({ stage }: PathContext) => {
    const person = await poolUser(stage);
    await stage.invoke('post-confirmation', confirmation(stage, person));
    return () => stage.call('checkout', request('POST', '/me/checkout-session', person, checkoutRequest));
  },
  portal: async (context: PathContext) => {
    const person = await subscriber(context);
    const event = request('POST', '/me/billing-portal-session', person, {});
    return () => context.stage.call('billing-portal', event);
  },
  deletion: async (context: PathContext) => {
    const person = await subscriber(context);
    return () => context.stage.call('delete-user', request('DELETE', '/me/account', person));
  },
} as const satisfies Record<string, (context: PathContext) => Promise<() => Promise<unknown>>>;

async function payFor({ stage, price }: PathContext, customer: string): Promise<void> {
  const { id } = await stage.stripe.paymentMethods.attach('pm_card_visa', { customer });
  await stage.stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: id });
}

/** Paths that need permissions which no plain path needs. */
export const rarePaths: Readonly<Record<string, (context: PathContext) => Promise<unknown>>> = {
  'changes of a plan: with a row, without one, and after another customer of the row was re-assigned': async (
    context,
  ) => {
    const { stage } = context;
    const order = (person: Person) =>
      stage.call('subscription', request('POST', '/me/subscription', person, { change: { quantity: 1 } }));
    const person = await subscriber(context);
    await stage.call('subscription', request('POST', '/me/subscription/preview', person, {}));
    const other = await stage.stripe.customers.create({ metadata: { cognito_sub: person.sub } });
    const stripe_customer_ids = [person.customerId, other.id];
    await stage.putEntitlement({ cognito_sub: person.sub, status: 'none', version: 1, stripe_customer_ids });
    await order(person);
    await stage.stripe.customers.update(other.id, { metadata: { cognito_sub: randomUUID() } });
    await payFor(context, other.id);
    await order(person);
    const fresh = await poolUser(stage);
    const payer = await payingCustomer(stage, { price: context.price, metadata: { cognito_sub: fresh.sub } });
    await stage.putProfile({ userId: fresh.sub, stripeCustomerId: payer.customerId });
    return order(fresh);
  },
  'an account page': async (context) => {
    const person = await subscriber(context);
    return context.stage.call('billing', request('GET', '/me/billing', person));
  },
  'the prices of a user': async ({ stage }) => {
    const person = await poolUser(stage);
    return stage.call('checkout', request('GET', '/me/prices', person));
  },
  'a pricing page': ({ stage }) => stage.call('prices', apiEvent('http', { path: '/prices' })),
  'two concurrent sign-ups, and one after the customer was deleted': async ({ stage }) => {
    const person = await poolUser(stage);
    const event = confirmation(stage, person);
    await Promise.all([stage.invoke('post-confirmation', event), stage.invoke('post-confirmation', event)]);
    const { id } = await stage.stripe.customers.create({ metadata: { cognito_sub: person.sub } });
    await stage.putProfile({ userId: person.sub, stripeCustomerId: id });
    await stage.invoke('post-confirmation', event);
    for (const deletion of [{}, { predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' }]) {
      const late = await poolUser(stage);
      await stage.invoke('post-confirmation', confirmation(stage, late));
      const profile = await stage.profile(late.sub);
      await stage.stripe.customers.del(String(profile?.['stripeCustomerId']));
      await stage.putProfile({ userId: late.sub, ...profile, ...deletion });
      await stage.invoke('post-confirmation', confirmation(stage, late));
    }
  },
  'a webhook event that creates the row, and one for a deleted account': async (context) => {
    const { stage } = context;
    const payer = await subscriber(context);
    await stage.stripe.customers.update(payer.customerId, { metadata: { cognito_sub: 'half-signed-up' } });
    await stage.putProfile({ userId: 'half-signed-up', stripeCustomerId: payer.customerId });
    await stage.call('stripe-webhook', changed(payer));
    const deleted = await payingCustomer(stage, {
      price: context.price,
      metadata: { cognito_sub: 'deleted-user' },
    });
    await stage.putEntitlement({
      cognito_sub: 'deleted-user',
      status: 'active',
      provisional: true,
      version: 1,
    });
    await stage.call('stripe-webhook', changed(deleted));
  },
  'a webhook event about a purchase for a deleted account': async ({ stage, price }) => {
    const metadata = {
      cognito_sub: 'deleted-buyer',
      cognito_user_pool: stage.poolId,
      made_by: 'predixa-checkout',
    };
    const { customerId, subscriptionId } = await payingCustomer(stage, { price, metadata });
    await stage.stripe.subscriptions.update(subscriptionId, { metadata });
    const session = { id: 'cs_1', customer: customerId, subscription: subscriptionId, metadata };
    const event = stripeEvent('checkout.session.completed', { object: 'checkout.session', ...session });
    await stage.call('stripe-webhook', delivered(event));
  },
  'checkouts of a user without rows, of a user without a username, and of a user deleted at the same time':
    async ({ stage }) => {
      const fresh = await poolUser(stage);
      await stage.call('checkout', request('POST', '/me/checkout-session', fresh, checkoutRequest));
      const bySub = { ...(await poolUser(stage)), username: '' };
      await stage.call('checkout', request('POST', '/me/checkout-session', bySub, checkoutRequest));
      const leaving = await poolUser(stage);
      const held = stage.wires.stripe.holdNext('POST /v1/customers');
      const pending = stage.call(
        'checkout',
        request('POST', '/me/checkout-session', leaving, checkoutRequest),
      );
      await held.reached;
      const Username = leaving.username;
      await stage.cognito.send(new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username }));
      held.release();
      await pending;
    },
  'a deletion of an account whose customer names no one, and which the records of another user name too':
    async (context) => {
      const { stage } = context;
      const [person, other] = [await subscriber(context), await poolUser(stage)];
      const { customerId } = person;
      await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
      await stage.putProfile({ userId: other.sub, stripeCustomerId: customerId });
      const users = [person.sub, other.sub];
      await stage.putEntitlement({ cognito_sub: `stripe_customer#${customerId}`, users, version: 1 });
      await stage.call('delete-user', request('DELETE', '/me/account', person));
    },
  'repeated deletions of accounts that are deleted, with and without a username': async ({ stage }) => {
    const gone = { sub: randomUUID(), username: randomUUID() };
    await stage.call('delete-user', request('DELETE', '/me/account', gone));
    await stage.call('delete-user', request('DELETE', '/me/account', { sub: randomUUID(), username: '' }));
  },
  'a reconcile run that resumes, syncs, provisions and finishes a deletion': async (context) => {
    const { stage, price } = context;
    await subscriber(context);
    const known = await poolUser(stage);
    await payingCustomer(stage, { price, metadata: { cognito_sub: known.sub } });
    const leaving = await poolUser(stage);
    await stage.putProfile({
      userId: leaving.sub,
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
      predixaDeletionUsername: leaving.username,
    });
    await stage.putEntitlement({ cognito_sub: 'unknown-user', status: 'none', version: 1 });
    await stage.invoke('reconcile', {});
    await stage.invoke('reconcile', { everyHours: 1 });
  },
};
