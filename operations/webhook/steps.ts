/** What a registration has to do, given what Stripe has and which secrets are stored. Pure. */

export interface KnownEndpoint {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly enabledEvents: readonly string[];
  /** Unix seconds. */
  readonly createdAt: number;
  /** Of its secret, noted on it once the secret was stored; null for an endpoint whose secret nobody here knows. */
  readonly fingerprint: string | null;
}

export interface DesiredState {
  readonly url: string;
  readonly events: readonly string[];
  readonly stored: readonly StoredSecret[];
}

export interface StoredSecret {
  readonly value: string;
  readonly fingerprint: string;
}

export type Step =
  /** Made with a secret that is stored beside those that stand. */
  | { readonly kind: 'create' }
  | { readonly kind: 'update'; readonly id: string; readonly movesFrom: string | null }
  | { readonly kind: 'delete'; readonly id: string }
  /** Only these are kept. */
  | { readonly kind: 'keep_secrets'; readonly fingerprints: readonly string[] };

export type WebhookCommand = 'register' | 'roll' | 'finish';

/**
 * `register`: one endpoint whose secret is stored, enabled and sent every event. `roll`: one more, the secrets of
 * both accepted. `finish`: only the newest stays. Each may be repeated, also after a run that broke off anywhere.
 * `endpoints` are all that Stripe has: one whose secret is stored here is the stage's own wherever it sends, as after
 * a new API; of the others those alone that send here.
 */
export function registrationSteps(
  command: WebhookCommand,
  endpoints: readonly KnownEndpoint[],
  wanted: DesiredState,
): readonly Step[] {
  const stored = new Set(wanted.stored.map(({ fingerprint }) => fingerprint));
  const knows = ({ fingerprint }: KnownEndpoint) => fingerprint !== null && stored.has(fingerprint);
  const known = endpoints.filter(knows).sort((a, b) => b.createdAt - a.createdAt);
  // Its secret was never stored: a run broke off, or another hand made it. What it sends would be refused for ever.
  const lost = endpoints
    .filter((one) => one.url === wanted.url && !knows(one))
    .map(({ id }) => ({ kind: 'delete', id }) as const);
  const [newest, ...older] = known;
  if (newest === undefined) return [{ kind: 'create' }, ...lost];
  const updates = known.filter((one) => !isRight(one, wanted)).map((one) => updateOf(one, wanted));
  if (command === 'register') return [...updates, ...lost];
  // A roll that was not finished is not begun again: that would be a third.
  if (command === 'roll')
    return older.length > 0 ? [...updates, ...lost] : [{ kind: 'create' }, ...updates, ...lost];
  return [
    ...updates.filter(({ id }) => id === newest.id),
    ...older.map(({ id }) => ({ kind: 'delete', id }) as const),
    ...lost,
    // Last: an endpoint whose secret is gone would be refused until it is deleted.
    { kind: 'keep_secrets', fingerprints: [newest.fingerprint ?? ''] },
  ];
}

function updateOf({ id, url }: KnownEndpoint, wanted: DesiredState) {
  return { kind: 'update', id, movesFrom: url === wanted.url ? null : url } as const;
}

function isRight({ enabled, enabledEvents, url }: KnownEndpoint, wanted: DesiredState): boolean {
  const heard = enabledEvents.includes('*') || wanted.events.every((type) => enabledEvents.includes(type));
  return enabled && heard && url === wanted.url;
}
