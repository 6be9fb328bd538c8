/** Converts between claims and their maps, with the names of the row's attributes. */
import {
  type AccessState,
  type Claim,
  claimSources,
  type Origin,
  type Reversal,
  reversals,
} from '../../core/entitlement/row.ts';
import { stores } from '../../core/stores/purchase.ts';
import { flagAt, integerAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { secondsAt, textsAt } from './attributes.ts';

export function reversalIn(item: UnknownRecord): Reversal | null {
  const text = textAt(item, 'reversal');
  return reversals.find((known) => known === text) ?? null;
}

export function accessStateIn(entry: UnknownRecord): AccessState {
  return {
    status: textAt(entry, 'status') ?? 'none',
    plan: textAt(entry, 'plan'),
    currentPeriodEnd: secondsAt(entry, 'current_period_end'),
    trialExpiresAt: secondsAt(entry, 'trial_expires_at'),
    cancelAt: secondsAt(entry, 'cancel_at'),
    pastDueSince: secondsAt(entry, 'past_due_since'),
    subscriptionId: textAt(entry, 'subscription_id'),
    stripeStatus: textAt(entry, 'stripe_status'),
    collectionPaused: flagAt(entry, 'collection_paused') ?? false,
    paymentPending: flagAt(entry, 'payment_pending') ?? false,
    reversal: reversalIn(entry),
    unreadable: flagAt(entry, 'unreadable') ?? false,
  };
}

export function accessStateAttributes(state: AccessState): UnknownRecord {
  return {
    status: state.status,
    plan: state.plan,
    current_period_end: state.currentPeriodEnd,
    trial_expires_at: state.trialExpiresAt,
    cancel_at: state.cancelAt,
    past_due_since: state.pastDueSince,
    subscription_id: state.subscriptionId,
    stripe_status: state.stripeStatus,
    collection_paused: state.collectionPaused ? true : null,
    payment_pending: state.paymentPending === true ? true : null,
    reversal: state.reversal,
    unreadable: state.unreadable === true ? true : null,
  };
}

/** Omits null values, because every request of a user reads the item and DynamoDB charges by its size. */
export function withoutNulls(entry: UnknownRecord): UnknownRecord {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

export function recordsAt(item: UnknownRecord, name: string): readonly UnknownRecord[] {
  const value = item[name];
  return Array.isArray(value) ? recordsIn(value) : [];
}

/** A claim of a source that a later version added is ignored: its rules are unknown. */
export function claimsIn(item: UnknownRecord): readonly Claim[] {
  return recordsAt(item, 'claims').flatMap((entry) => {
    const source = claimSources.find((known) => known === textAt(entry, 'source'));
    if (source === undefined) return [];
    const origin = originIn(entry);
    const rest = origin === undefined ? {} : { origin };
    const blank = flagAt(entry, 'blank_end') === true ? { blankEnd: true as const } : {};
    return [{ source, ...accessStateIn(entry), ...orderIn(entry), ...blank, ...rest }];
  });
}

/** A single claim of Stripe's is the state of the row itself, so it is not repeated. */
export function claimsAttribute(claims: readonly Claim[]): readonly UnknownRecord[] | null {
  const [only, ...others] = claims;
  if (only === undefined || (others.length === 0 && only.source === 'stripe')) return null;
  return claims.map((claim) =>
    withoutNulls({
      source: claim.source,
      ...accessStateAttributes(claim),
      ...orderAttributes(claim),
      blank_end: claim.blankEnd ?? null,
      ...(claim.origin === undefined ? {} : originAttributes(claim.origin)),
    }),
  );
}

/** Undefined if the source gives its claims no ids. */
function originIn(entry: UnknownRecord): Origin | undefined {
  const id = textAt(entry, 'id');
  if (id === null) return undefined;
  const by = textAt(entry, 'given_by');
  const paidAt = secondsAt(entry, 'paid_at');
  return {
    id,
    store: stores.find((known) => known === textAt(entry, 'store')) ?? null,
    manageUrl: textAt(entry, 'manage_url'),
    features: textsAt(entry, 'features') ?? [],
    continues: flagAt(entry, 'continues') ?? false,
    grant: by === null ? null : { by, reason: textAt(entry, 'reason') ?? '' },
    ...(paidAt === null ? {} : { paidAt }),
  };
}

function originAttributes(origin: Origin): UnknownRecord {
  const { id, store, manageUrl, features, continues, grant, paidAt = null } = origin;
  return {
    id,
    store,
    manage_url: manageUrl,
    features: features.length === 0 ? null : [...features],
    continues: continues ? true : null,
    given_by: grant?.by ?? null,
    reason: grant?.reason ?? null,
    paid_at: paidAt,
  };
}

type Order = Pick<Claim, 'cancelAtPeriodEnd' | 'quantity' | 'addOns'>;

/** What was ordered, and does not decide on access. */
export function orderIn(item: UnknownRecord): Order {
  const addOns = recordsAt(item, 'add_ons').flatMap((entry) => {
    const price = textAt(entry, 'price');
    return price === null ? [] : [{ price, quantity: integerAt(entry, 'quantity') }];
  });
  const cancelAtPeriodEnd = flagAt(item, 'cancel_at_period_end');
  return { cancelAtPeriodEnd, quantity: integerAt(item, 'quantity'), addOns };
}

export function orderAttributes({ cancelAtPeriodEnd, quantity, addOns }: Order): UnknownRecord {
  return {
    cancel_at_period_end: cancelAtPeriodEnd,
    quantity,
    add_ons: addOns.length === 0 ? null : addOns.map((addOn) => withoutNulls({ ...addOn })),
  };
}
