/** The fields of an entitlement's state, each once, and the comparisons in which a difference in it counts. */
import type { AccessState, EntitlementState } from './row.ts';

interface FieldUse {
  /** Access depends on the field, so a change of it is recorded in the row's history. */
  readonly access: boolean;
  /** A listing of subscriptions shows the field, so a row can be compared with a listed subscription. */
  readonly listing: boolean;
}

const both = { access: true, listing: true } as const;

/** A new field does not compile until it has an entry here. */
export const stateFields = {
  status: both,
  plan: both,
  quantity: { access: false, listing: true },
  addOns: { access: false, listing: true },
  currentPeriodEnd: both,
  trialExpiresAt: both,
  // `cancelAt` already holds the end that it announces.
  cancelAtPeriodEnd: { access: false, listing: true },
  cancelAt: both,
  pastDueSince: both,
  subscriptionId: both,
  stripeStatus: both,
  collectionPaused: both,
  paymentPending: both,
  unreadable: both,
  // A listing shows neither, since they take separate calls. Features never decide on access.
  reversal: { access: true, listing: false },
  features: { access: false, listing: false },
  // They are compared one by one.
  claims: { access: false, listing: false },
} as const satisfies Readonly<Record<keyof EntitlementState, FieldUse>>;

type StateField = keyof typeof stateFields;

/** Every read compares claims. */
const fieldsOf = { access: fieldsFor('access'), listing: fieldsFor('listing') };

/** Returns whether two states, or two claims, differ in a field that counts for the use. */
export function stateDiffers<T extends AccessState>(a: T, b: T, use: keyof FieldUse): boolean {
  return fieldsOf[use].some((field) => !isEqual(valueOf(a, field), valueOf(b, field)));
}

/** Lists are equal if their entries are. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b));
}

function valueOf(state: AccessState & Partial<EntitlementState>, field: StateField): unknown {
  return field === 'unreadable' || field === 'paymentPending' ? state[field] === true : state[field];
}

export function accessStateOf(state: AccessState): AccessState {
  const { status, plan, currentPeriodEnd, trialExpiresAt, cancelAt } = state;
  const {
    pastDueSince,
    subscriptionId,
    stripeStatus,
    collectionPaused,
    paymentPending = false,
    reversal,
    unreadable = false,
  } = state;
  return {
    status,
    plan,
    currentPeriodEnd,
    trialExpiresAt,
    cancelAt,
    pastDueSince,
    subscriptionId,
    stripeStatus,
    collectionPaused,
    paymentPending,
    reversal,
    unreadable,
  };
}

function fieldsFor(use: keyof FieldUse): readonly StateField[] {
  return Object.keys(stateFields)
    .filter((name): name is StateField => Object.hasOwn(stateFields, name))
    .filter((name) => stateFields[name][use]);
}
