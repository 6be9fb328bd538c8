/** What an intent asks the customer to do next: the bank's question, in Stripe's script or at an address of its own. */
import type { Opaque } from '../model/common.ts';
import type { World } from '../world/world.ts';
import { startChallenge } from './challenges.ts';

interface Asked {
  readonly intent: string;
  readonly method: string;
  /** Null when a card is saved and nothing is charged. */
  readonly amount: number | null;
  readonly currency: string | null;
  /** Where the bank sends the customer. Without it, Stripe's script shows the question in the page of the shop. */
  readonly returnUrl: string | null;
}

export function askForAuthentication(world: World, asked: Asked): Opaque {
  const { intent, method, amount, currency, returnUrl } = asked;
  const purpose = { type: 'intent', intent, return_url: returnUrl } as const;
  const path = startChallenge(world, { purpose, payment_method: method, amount, currency });
  const url = `${world.baseUrl()}${path}`;
  if (returnUrl !== null) {
    return { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
  }
  const source = path.slice(path.lastIndexOf('/') + 1);
  return {
    type: 'use_stripe_sdk',
    use_stripe_sdk: { source, stripe_js: url, type: 'three_d_secure_redirect' },
  };
}

const ARRIVAL_SECONDS = 2 * 24 * 3600;

/** Asks the customer for the two small deposits, or the code of the one, that Stripe has sent to the account. */
export function askForMicrodeposits(world: World, intent: string): Opaque {
  return {
    type: 'verify_with_microdeposits',
    verify_with_microdeposits: {
      arrival_date: world.seconds() + ARRIVAL_SECONDS,
      hosted_verification_url: `${world.baseUrl()}/authenticate/microdeposits/${intent}`,
      microdeposit_type: 'descriptor_code',
    },
  };
}
