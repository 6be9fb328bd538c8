/** Records the calls that the page makes, for the strip that explains them. */

export interface Traced {
  readonly id: number;
  readonly call: string;
  /** Undefined while the call is under way, and 0 if there was no answer. */
  readonly status: number | undefined;
  readonly ms: number | undefined;
  readonly meaning: string;
}

const meanings: Readonly<Record<string, string>> = {
  'GET /me/entitlements': 'One read of DynamoDB says what the user may do.',
  'POST /me/entitlements/sync': 'The API asked Stripe, and wrote the answer to the row.',
  'POST /me/checkout-session': 'Stripe opened a payment page for the user’s own customer.',
  'POST /me/billing-portal-session': 'Stripe opened the billing portal of the user’s own customer.',
  'DELETE /me/account': 'Billing ended, then the access, then the login.',
};

const KEPT = 6;
let traces: readonly Traced[] = [];
let count = 0;
const listeners = new Set<() => void>();

export const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const tracesNow = () => traces;
const none: readonly Traced[] = [];
export const tracesOnServer = () => none;

function put(traced: Traced): void {
  traces = [traced, ...traces.filter(({ id }) => id !== traced.id)]
    .sort((a, b) => b.id - a.id)
    .slice(0, KEPT);
  for (const listener of listeners) listener();
}

/** Shows what happened outside of the API, such as a sign-in. */
export function note(call: string, meaning: string): void {
  count += 1;
  put({ id: count, call, status: 200, ms: undefined, meaning });
}

export const tracedFetch: typeof fetch = async (input, init) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const call = `${init?.method ?? 'GET'} ${pathname}`;
  count += 1;
  const began = performance.now();
  const one = { id: count, call, meaning: meanings[call] ?? '' };
  const ended = (status: number) => put({ ...one, status, ms: Math.round(performance.now() - began) });
  put({ ...one, status: undefined, ms: undefined });
  try {
    const response = await fetch(input, init);
    ended(response.status);
    return response;
  } catch (error) {
    ended(0);
    throw error;
  }
};
