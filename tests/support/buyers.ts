/** Cognito users who check out, pay and delete their accounts. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, type AttributeType } from '@aws-sdk/client-cognito-identity-provider';
import type { Stripe } from 'stripe';
import { apiEvent, type Form } from './api-events.ts';
import type { ApiAnswer, Stage } from './stage.ts';

export interface User {
  readonly sub: string;
  readonly username: string;
  readonly email: string;
}

export interface NewUser {
  readonly email?: string;
  readonly verified?: boolean;
  readonly givenName?: string;
}

export function buyersOn(stage: Stage) {
  const customerOf = async ({ sub }: User): Promise<string> =>
    String((await stage.profile(sub))?.['stripeCustomerId']);
  const checkout = (who: User, body: unknown = { price: 'pro_monthly' }, form: Form = 'http') => {
    const claims = { sub: who.sub, 'cognito:username': who.username };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = { method: 'POST', path: '/me/checkout-session', claims, body: text };
    return stage.call('checkout', apiEvent(form, request));
  };
  const subscriptions = async (who: User): Promise<readonly Stripe.Subscription[]> => {
    const customer = await customerOf(who);
    return (await stage.stripe.subscriptions.list({ customer, status: 'all' })).data;
  };
  return {
    user: (options: NewUser = {}) => makeUser(stage, options),
    checkout,
    customerOf,
    subscriptions,
    subscriptionsIfAny: async (who: User) =>
      (await stage.profile(who.sub)) === undefined ? [] : subscriptions(who),
    openSessions: async (who: User) => {
      const customer = await customerOf(who);
      return (await stage.stripe.checkout.sessions.list({ customer, status: 'open' })).data;
    },
    /** Pays the session, and returns whether a trial began. */
    isTrial: async (answer: ApiAnswer, who: User): Promise<boolean> => {
      await pay(answer.body['url']);
      const [newest] = await subscriptions(who);
      return newest?.status === 'trialing';
    },
    remove: (who: User) =>
      stage.call(
        'delete-user',
        apiEvent('http', {
          method: 'DELETE',
          path: '/me/account',
          claims: { sub: who.sub, 'cognito:username': who.username },
        }),
      ),
  };
}

/** Creates a user as an administrator, so the sign-up trigger never fires and the user exists only in Cognito. */
async function makeUser(stage: Stage, { email, verified = true, givenName }: NewUser): Promise<User> {
  const address = email ?? `${randomUUID()}@example.com`;
  const UserAttributes: AttributeType[] = [
    { Name: 'email', Value: address },
    { Name: 'email_verified', Value: String(verified) },
    ...(givenName === undefined ? [] : [{ Name: 'given_name', Value: givenName }]),
  ];
  const Username = `${randomUUID()}@example.com`;
  const command = { UserPoolId: stage.poolId, Username, MessageAction: 'SUPPRESS' as const, UserAttributes };
  const { User: made } = await stage.cognito.send(new AdminCreateUserCommand(command));
  const sub = made?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { sub, username: made?.Username ?? Username, email: address };
}

/** Pays the session with a valid card. Returns the status of the answer: 303 means paid. */
export async function pay(url: unknown): Promise<number> {
  const body = new URLSearchParams({ card: '4242424242424242' });
  return (await fetch(String(url), { method: 'POST', body, redirect: 'manual' })).status;
}

/** Creates prices with the lookup keys that the stage's checkout offers, and one that it does not offer. */
export async function pricesOn({ stripe }: Stage) {
  const product = await stripe.products.create({ name: 'Pro' });
  const make = async (interval: 'month' | 'year', lookup_key?: string) => {
    const terms = { product: product.id, currency: 'usd', unit_amount: 990, recurring: { interval } };
    return (await stripe.prices.create({ ...terms, ...(lookup_key ? { lookup_key } : {}) })).id;
  };
  return {
    monthly: await make('month', 'pro_monthly'),
    yearly: await make('year', 'pro_yearly'),
    secret: await make('month'),
  };
}

/** Returns the id of a field that may be expanded. */
export function idOf(given: string | { readonly id: string } | null): string {
  return typeof given === 'string' ? given : (given?.id ?? '');
}
