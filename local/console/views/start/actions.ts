/** What a person does on the way, each as the app of the user would do it. */
import { AccountError } from '../../../../client/core/index.ts';
import { overview } from '../../state/cloud.ts';
import { confirmSignUp, type NewUser, signIn, signUp } from '../../state/cognito.ts';
import { setParameters } from '../../state/route.ts';
import { type Actor, accountAs, act, actAs } from '../../state/session.ts';
import { say } from '../../ui/toast.tsx';

export const PASSWORD = 'Correct-horse-1';

const names = [
  'ada',
  'grace',
  'alan',
  'edsger',
  'barbara',
  'donald',
  'frances',
  'tony',
  'radia',
  'ken',
] as const;

/** An address that no one has used yet. */
export function newEmail(): string {
  const name = names[Math.floor(Math.random() * names.length)] ?? 'ada';
  return `${name}-${Math.random().toString(36).slice(2, 6)}@example.com`;
}

export async function startWith(user: NewUser): Promise<void> {
  const sub = await signUp(user);
  act({ sub, email: user.email, password: user.password, idToken: null });
}

export async function confirm({ email }: Actor): Promise<void> {
  await confirmSignUp(email, overview.peek()?.confirmationCode ?? '');
}

export async function signInAgain(actor: Actor): Promise<void> {
  if (actor.password === null) await actAs(actor.sub);
  else act({ ...actor, idToken: await signIn({ email: actor.email, password: actor.password }) });
}

/** Leaves for Checkout, which comes back to this page. */
export async function subscribe({ sub }: Pick<Actor, 'sub'>, price: string): Promise<void> {
  const session = await expiring(sub, (client) => client.checkout.start({ price }));
  location.assign(session.url);
}

export async function openPortal({ sub }: Pick<Actor, 'sub'>): Promise<void> {
  const session = await expiring(sub, (client) => client.portal.open());
  location.assign(session.url);
}

export async function deleteAccount({ sub }: Pick<Actor, 'sub'>): Promise<void> {
  const { billing_continues: continues } = await expiring(sub, (client) => client.account.delete());
  const stores = continues ?? [];
  if (stores.length === 0) say('The account is deleted in every system.');
  else say('The account is deleted. The store goes on billing until the user ends it there.', 'danger');
}

/** What the app does once when the user returns from Checkout, whether the webhook has arrived or not. */
export async function returnFromCheckout(actor: Actor, result: string): Promise<void> {
  setParameters({ checkout: null, session_id: null });
  if (result !== 'success') {
    say('Checkout was left without a payment.');
    return;
  }
  const { access_granted: granted } = await expiring(actor.sub, (client) => client.entitlements.sync());
  say(granted ? 'Paid: the app lets the user in.' : 'The payment has not arrived yet.');
}

/** Acts as the user. A token that has expired is an error that says what to do. */
async function expiring<T>(
  sub: string,
  work: (client: Awaited<ReturnType<typeof accountAs>>) => Promise<T>,
): Promise<T> {
  try {
    return await work(await accountAs(sub));
  } catch (error) {
    throw isExpired(error)
      ? new Error('The session of the user has expired. Sign in again.', { cause: error })
      : error;
  }
}

export function isExpired(error: unknown): boolean {
  return error instanceof AccountError && error.status === 401;
}
