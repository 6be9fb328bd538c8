/** What users do in app stores, and what the stores do. Each action is one change of RevenueCat's state and its event. */
import type { StorePurchase } from '../../core/stores/purchase.ts';
import type { Action, ActionKind } from '../history.ts';
import { isCurrent } from '../oracle/stores.ts';
import type { User, World } from '../world.ts';
import { type Bought, boughtBy, clockOf, putPurchase } from '../worlds/stores.ts';
import { MONTH_SECONDS } from './new-subscription.ts';

const DAY_SECONDS = 86_400;
const MINUTE_MS = 60_000;

interface Moment {
  /** By RevenueCat's clock. */
  readonly now: number;
  readonly variant: number;
}

type Change = (purchase: StorePurchase, moment: Moment) => Partial<StorePurchase> | undefined;

const over = { phase: 'over', givesAccess: false, ends: true, billsAgain: false } as const;

/** Changes of a purchase. Each returns `undefined` where the state of the purchase does not allow it. */
const changes: Partial<Readonly<Record<ActionKind, { readonly type: string; readonly change: Change }>>> = {
  store_renew: {
    type: 'RENEWAL',
    change: ({ givesAccess, until, ends, billsAgain }, { now }) =>
      givesAccess && billsAgain && !ends
        ? { phase: 'paid', until: Math.max(until ?? 0, now) + MONTH_SECONDS }
        : undefined,
  },
  store_cancel: {
    type: 'CANCELLATION',
    change: ({ givesAccess, billsAgain }) =>
      givesAccess && billsAgain ? { ends: true, billsAgain: false } : undefined,
  },
  store_uncancel: {
    type: 'UNCANCELLATION',
    change: ({ givesAccess, until, ends, billsAgain, store }, { now }) => {
      const isCanceled = givesAccess && ends && !billsAgain && store !== 'promotional';
      return isCanceled && (until ?? 0) > now ? { ends: false, billsAgain: true } : undefined;
    },
  },
  // Some stores let the user in for a while after the end of the paid time, others do not.
  store_payment_fails: {
    type: 'BILLING_ISSUE',
    change: ({ givesAccess, billsAgain, ends, until }, { now, variant }) => {
      if (!givesAccess || !billsAgain || ends) return undefined;
      const isInGrace = (until ?? 0) <= now;
      const paidUntil = Math.min(until ?? now, now);
      return variant % 2 === 0 && !isInGrace
        ? { phase: 'paid', until: paidUntil }
        : { phase: 'payment_retried', givesAccess: false, until: paidUntil };
    },
  },
  store_recover: {
    type: 'RENEWAL',
    change: ({ phase, givesAccess, until, billsAgain }, { now }) => {
      const isInGrace = givesAccess && billsAgain && (until ?? 0) <= now;
      if (phase !== 'payment_retried' && !isInGrace) return undefined;
      return { phase: 'paid', givesAccess: true, until: now + MONTH_SECONDS };
    },
  },
  // A pause begins at once, or with the end of the paid time.
  store_pause: {
    type: 'SUBSCRIPTION_PAUSED',
    change: ({ phase, givesAccess, billsAgain, ends, until }, { now, variant }) => {
      if (phase !== 'paid' || !givesAccess || !billsAgain || ends) return undefined;
      if (variant % 2 === 0 && (until ?? 0) > now) return { ends: true };
      return { phase: 'paused', givesAccess: false, ends: true, until: null };
    },
  },
  store_resume: {
    type: 'RENEWAL',
    change: ({ phase, givesAccess, ends, billsAgain }, { now }) => {
      if (phase === 'paused')
        return { phase: 'paid', givesAccess: true, ends: false, until: now + MONTH_SECONDS };
      return givesAccess && ends && billsAgain ? { ends: false } : undefined;
    },
  },
  store_refund: {
    type: 'CANCELLATION',
    change: ({ givesAccess, store, until }, { now }) =>
      givesAccess && store !== 'promotional'
        ? { ...over, until: until === null ? null : Math.min(until, now) }
        : undefined,
  },
  store_expire: {
    type: 'EXPIRATION',
    change: ({ phase, until }, { now }) =>
      phase === 'over' || phase === 'owned' ? undefined : { ...over, until: Math.min(until ?? now, now) },
  },
};

/** A purchase that does not fit the change is bought first, and the change follows while its event is under way. */
const MAX_PREPARATION_MS = 6_000;

export function changeInStore(world: World, user: User, action: Action): void {
  if (changeNow(world, user, action)) return;
  buyInStore(world, user, action);
  const delayMs = world.random.below(MAX_PREPARATION_MS);
  const { timeline } = world.context;
  const first: Partial<Readonly<Record<ActionKind, ActionKind>>> = {
    store_uncancel: 'store_cancel',
    store_recover: 'store_payment_fails',
    store_resume: 'store_pause',
  };
  const before = first[action.kind];
  if (before !== undefined)
    timeline.after(delayMs, () => void changeNow(world, user, { ...action, kind: before }));
  timeline.after(2 * delayMs, () => void changeNow(world, user, action));
}

/** Returns whether a purchase of the user allowed the change. */
function changeNow(world: World, user: User, action: Action): boolean {
  const { stores } = world;
  const { type, change } = changes[action.kind] ?? {};
  if (type === undefined || change === undefined) return true;
  const moment = { now: clockOf(stores), variant: action.variant };
  const possible = boughtBy(stores, user.sub)
    .map((purchase) => ({ purchase, patch: change(purchase, moment) }))
    .filter(({ patch }) => patch !== undefined);
  const chosen = possible[action.variant % Math.max(1, possible.length)];
  if (chosen === undefined) return false;
  const changed = { ...chosen.purchase, ...chosen.patch };
  world.trace(`${user.sub}: ${action.kind} ${changed.id} → ${changed.phase}`);
  world.context.tally.add(`action ${action.kind}`);
  put(world, changed, type);
  return true;
}

/** A purchase that does not renew ends by itself, and one that is to be paused is paused then. The stores report both. */
function put(world: World, purchase: Omit<Bought, 'changedMs'>, type: string): void {
  const { stores } = world;
  const { timeline } = world.context;
  putPurchase(stores, purchase, type);
  const { id, givesAccess, ends, until } = purchase;
  if (!givesAccess || !ends || until === null) return;
  timeline.at((until + 1) * 1000 - stores.aheadMs, () => {
    const current = stores.purchases.get(id);
    if (current === undefined || !current.givesAccess || !current.ends || current.until !== until) return;
    world.trace(`${current.owner}: ${id} ends`);
    world.context.tally.add(`action store ends by itself`);
    const ended = current.billsAgain ? ({ phase: 'paused', givesAccess: false, until: null } as const) : over;
    putPurchase(stores, { ...current, ...ended }, 'EXPIRATION');
  });
}

/** The stores with a page on which the user changes a subscription. */
const managed: ReadonlySet<StorePurchase['store']> = new Set(['app_store', 'play_store']);
const places = ['app_store', 'play_store', 'amazon', 'web', null] as const;
const TRIAL_SECONDS = 7 * DAY_SECONDS;

/** A subscription, one with a trial, or something that is owned forever. Also if the user is subscribed in Stripe. */
export function buyInStore(world: World, user: User, { variant }: Action): void {
  const { stores } = world;
  // Only a user who can sign in is known to the app.
  if (!world.cognito.users.has(user.username)) return;
  const now = clockOf(stores);
  const kind = variant % 6;
  const isOwned = kind === 5;
  const isTrial = kind === 4;
  // At times RevenueCat says that it gives access, and not until when.
  const isEndless = variant === 9;
  const purchase = newPurchase(world, user, {
    productId: isOwned ? 'lifetime' : `monthly_${variant % 2}`,
    store: places[variant % places.length] ?? null,
    phase: isOwned ? 'owned' : isTrial ? 'trial' : 'paid',
    until: isOwned || isEndless ? null : now + (isTrial ? TRIAL_SECONDS : MONTH_SECONDS),
    ends: false,
    billsAgain: !isOwned,
  });
  world.trace(`${user.sub}: buys ${purchase.id} in a store (${purchase.phase})`);
  if (isEndless) world.context.tally.add('action buy_in_store without an end');
  world.context.tally.add(`action buy_in_store${isOwned ? ' forever' : isTrial ? ' with a trial' : ''}`);
  put(world, purchase, 'INITIAL_PURCHASE');
}

/** Someone gives access away, for some days or forever. */
export function promote(world: World, user: User, { variant }: Action): void {
  if (!mayReceive(world, user)) return;
  const isForever = variant % 3 === 0;
  const purchase = newPurchase(world, user, {
    productId: null,
    store: 'promotional',
    phase: isForever ? 'owned' : 'paid',
    until: isForever ? null : clockOf(world.stores) + 10 * DAY_SECONDS,
    ends: !isForever,
    billsAgain: false,
  });
  world.trace(`${user.sub}: receives ${purchase.id}`);
  world.context.tally.add('action store_promotion');
  put(world, purchase, 'NON_RENEWING_PURCHASE');
}

function newPurchase(
  { stores }: World,
  { sub }: User,
  terms: Pick<StorePurchase, 'productId' | 'store' | 'phase' | 'until' | 'ends' | 'billsAgain'>,
): Omit<Bought, 'changedMs'> {
  const id = `rc_${stores.events.length + 1}`;
  const isManaged = managed.has(terms.store) && terms.phase !== 'owned';
  const manageUrl = isManaged ? `https://store.example/${id}` : null;
  const features = [`feature_of_${terms.productId ?? 'promotion'}`];
  return { id, owner: sub, manageUrl, features, givesAccess: true, ...terms };
}

/** The user signs in with another account on the same phone, and the store's purchase follows. */
export function transfer(world: World, user: User, action: Action): void {
  if (transferNow(world, user, action)) return;
  buyInStore(world, user, action);
  const delayMs = world.random.below(MAX_PREPARATION_MS);
  world.context.timeline.after(delayMs, () => void transferNow(world, user, action));
}

function transferNow(world: World, user: User, { variant }: Action): boolean {
  const { stores } = world;
  const others = world.users.filter((other) => other !== user && mayReceive(world, other));
  const other = others[variant % Math.max(1, others.length)];
  const own = boughtBy(stores, user.sub).filter((one) => isCurrent(one) && one.store !== 'promotional');
  const moved = own[variant % Math.max(1, own.length)];
  if (other === undefined || moved === undefined) return false;
  world.trace(`${user.sub}: ${moved.id} is transferred to ${other.sub}`);
  world.context.tally.add('action store_transfer');
  put(world, { ...moved, owner: other.sub }, 'TRANSFER');
  return true;
}

/** Whether the user exists and is not being deleted. */
function mayReceive({ cognito }: World, { username, deletionRequestedMs }: User): boolean {
  return cognito.users.has(username) && deletionRequestedMs === null;
}

/** RevenueCat answers no call: mostly for minutes, at times for longer than it repeats an event. */
export function cutOffStores(world: World, variant: number): void {
  const { stores } = world;
  const { nowMs } = world.context.timeline;
  const lengthMs = (variant % 4 === 0 ? 240 : 20) * MINUTE_MS;
  world.trace('RevenueCat is unreachable');
  world.context.tally.add('action stores_unreachable');
  stores.unreachableUntilMs = Math.max(stores.unreachableUntilMs, nowMs + world.random.below(lengthMs));
}
