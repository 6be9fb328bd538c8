/** Decides the steps of a registration from Stripe's endpoints and the stored secrets. Pure. */

export interface KnownEndpoint {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly enabledEvents: readonly string[];
  /** Unix seconds. */
  readonly createdAt: number;
  /** The fingerprint of its secret, written once the secret is stored; null if the secret is not known here. */
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
  /** Creates an endpoint, and stores its secret in addition to the existing ones. */
  | { readonly kind: 'create' }
  | { readonly kind: 'update'; readonly id: string; readonly movesFrom: string | null }
  | { readonly kind: 'delete'; readonly id: string }
  /** Removes all stored secrets except these. */
  | { readonly kind: 'keep_secrets'; readonly fingerprints: readonly string[] };

export type WebhookCommand = 'register' | 'roll' | 'finish';

/**
 * Returns the steps of a command. `register` ends with one endpoint whose secret is stored, enabled and subscribed to
 * every event type. `roll` adds a second one, and both secrets are accepted. `finish` keeps only the newest. Each
 * command can be repeated, also after an interrupted run.
 *
 * `endpoints` are all endpoints in Stripe. An endpoint belongs to the stage if its secret is stored here, even if it
 * sends to the URL of a previous API. Other endpoints are considered only if they send to this URL.
 */
export function registrationSteps(
  command: WebhookCommand,
  endpoints: readonly KnownEndpoint[],
  wanted: DesiredState,
): readonly Step[] {
  const stored = new Set(wanted.stored.map(({ fingerprint }) => fingerprint));
  const knows = ({ fingerprint }: KnownEndpoint) => fingerprint !== null && stored.has(fingerprint);
  const known = endpoints.filter(knows).sort((a, b) => b.createdAt - a.createdAt);
  // The secret was never stored, because a run was interrupted or someone created the endpoint by hand. The webhook
  // would reject its deliveries forever.
  const lost = endpoints
    .filter((endpoint) => endpoint.url === wanted.url && !knows(endpoint))
    .map(({ id }) => ({ kind: 'delete', id }) as const);
  const [newest, ...older] = known;
  if (newest === undefined) return [{ kind: 'create' }, ...lost];
  const updates = known
    .filter((endpoint) => !isUpToDate(endpoint, wanted))
    .map((endpoint) => updateOf(endpoint, wanted));
  if (command === 'register') return [...updates, ...lost];
  // An unfinished rotation is not started again, which would create a third endpoint.
  if (command === 'roll')
    return older.length > 0 ? [...updates, ...lost] : [{ kind: 'create' }, ...updates, ...lost];
  return [
    ...updates.filter(({ id }) => id === newest.id),
    ...older.map(({ id }) => ({ kind: 'delete', id }) as const),
    ...lost,
    // This step is last, because the webhook rejects deliveries of an endpoint whose secret is removed.
    { kind: 'keep_secrets', fingerprints: [newest.fingerprint ?? ''] },
  ];
}

function updateOf({ id, url }: KnownEndpoint, wanted: DesiredState) {
  return { kind: 'update', id, movesFrom: url === wanted.url ? null : url } as const;
}

function isUpToDate({ enabled, enabledEvents, url }: KnownEndpoint, wanted: DesiredState): boolean {
  const subscribed =
    enabledEvents.includes('*') || wanted.events.every((type) => enabledEvents.includes(type));
  return enabled && subscribed && url === wanted.url;
}
