/** Keeps the authentications that banks ask for: what each one is for, and how the customer answered. */
import type { Challenge } from '../model/challenge.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { World } from '../world/world.ts';
import { type CardInput, filledCard, type Problems, problemsOf } from './card-input.ts';
import { cardEndingIn, type Decline } from './test-cards.ts';

/** What a form says after a failed authentication. */
export const notAuthenticated: Decline = {
  code: 'authentication_failed',
  message: 'The authentication failed, so nothing was charged. Try again, or choose another card.',
};

/** Whether the bank asks the customer, who is present, to authenticate a payment with this card. */
export function asksForAuthentication(method: PaymentMethod): boolean {
  return cardEndingIn(method.card?.last4)?.charge === 'authenticates';
}

/** Starts an authentication and returns the address of its page. It replaces an earlier one for the same purpose. */
export function startChallenge(world: World, input: Omit<Challenge, 'id' | 'created' | 'outcome'>): string {
  const { challenges } = world.store;
  const origin = originOf(input);
  for (const row of challenges.oldestFirst()) if (originOf(row) === origin) challenges.drop(row.id);
  const row = { ...input, id: world.ids.next('tdsrc_'), created: world.ownSeconds(), outcome: null };
  return `/authenticate/${challenges.put(row).id}`;
}

/** Stores the outcome, and returns the address of the page that shows it. */
export function settleChallenge(
  world: World,
  challenge: Challenge,
  outcome: 'complete' | Pick<Decline, 'code' | 'message'>,
): string {
  return addressAfter(world.store.challenges.put({ ...challenge, outcome }));
}

/** Returns the address to continue at once the customer has answered. */
export function addressAfter(challenge: Challenge): string {
  const { purpose, outcome, id } = challenge;
  if (outcome !== 'complete') return `${originOf(challenge)}?attempt=${id}`;
  return purpose.type === 'portal' ? `/p/session/${purpose.session}?done=card` : originOf(challenge);
}

/** Whether the customer has authenticated the payment of the intent with this payment method. */
export function hasAnswered(world: World, intent: string, method: string): boolean {
  return world.store.challenges
    .oldestFirst()
    .some(
      ({ purpose, outcome, payment_method: used }) =>
        purpose.type === 'intent' && purpose.intent === intent && used === method && outcome === 'complete',
    );
}

/** Returns the address of the page that the customer came from. */
function originOf({ purpose }: Pick<Challenge, 'purpose'>): string {
  if (purpose.type === 'intent') return `/authenticate/intent/${purpose.intent}`;
  if (purpose.type === 'checkout') return `/c/pay/${purpose.session}`;
  return purpose.type === 'invoice' ? `/i/${purpose.invoice}` : `/p/session/${purpose.session}/card`;
}

export interface FailedAttempt {
  readonly challenge: Challenge;
  readonly input: CardInput;
  readonly problems: Problems;
}

/** Returns a failed attempt with what was filled in, for the page at this address. */
export function failedAttempt(world: World, id: string | null, origin: string): FailedAttempt | undefined {
  const challenge = id === null ? undefined : world.store.challenges.get(id);
  const outcome = challenge?.outcome ?? 'complete';
  if (challenge === undefined || outcome === 'complete' || originOf(challenge) !== origin) return undefined;
  const method = world.store.paymentMethods.get(challenge.payment_method);
  const number = cardEndingIn(method?.card?.last4)?.number;
  const input = filledCard(world, number, method?.billing_details.name ?? '');
  return { challenge, input, problems: problemsOf(outcome) };
}
