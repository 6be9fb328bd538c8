/** Changes of subscriptions in memory: keys that live a day, payments that fail, and schedules that apply with the next period. */
import type {
  BilledItem,
  Changeable,
  ChangeEnder,
  ItemEdit,
  SubscriptionChanger,
  WriteResult,
} from '../../core/change/changeable.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Network } from '../engine/invocation.ts';
import { withItems } from './change-world.ts';
import { isEnded } from './ended.ts';
import { putSubscription, type StripeWorld } from './stripe.ts';

export type Changer = SubscriptionChanger & ChangeEnder & { readonly by: number };

const DAY_MS = 86_400_000;
const HELD_MS = 23 * 3_600_000;

export function changesOf(world: StripeWorld, network: Network): Changer {
  world.actor.requests += 1;
  const by = world.actor.requests;
  const write = (
    name: string,
    { id, key, request }: { readonly id: string; readonly key: string; readonly request: unknown },
    effect: (subscription: Subscription) => boolean,
  ): Promise<WriteResult> =>
    network.call('stripe', name, () => {
      const { nowMs } = world.timeline;
      const text = JSON.stringify([name, request]);
      const known = world.changeKeys.get(key);
      if (known !== undefined && nowMs < known.untilMs)
        return known.request === text ? known.result : 'taken';
      const subscription = world.subscriptions.get(id);
      world.actor.by = by;
      const isDone = subscription !== undefined && !isEnded(subscription) && effect(subscription);
      world.actor.by = null;
      const refused = new Fault({ code: 'refused', system: 'stripe', operation: name });
      const result: WriteResult = isDone ? 'done' : { refused };
      world.changeKeys.set(key, { request: text, result, untilMs: nowMs + DAY_MS });
      return result;
    });
  const put = (subscription: Subscription) =>
    putSubscription(world, subscription, 'customer.subscription.updated');
  const log = (subscriptionId: string, billed: string | null = null) =>
    world.changeLog.push({ subscriptionId, by, billed });
  return {
    by,
    readChangeable: (id) => network.call('stripe', 'read subscription', () => changeableIn(world, id)),
    previewChange: () => network.call('stripe', 'preview invoice', nothingToPay),
    previewPeriod: () => network.call('stripe', 'preview invoice', nothingToPay),
    changeItems: ({ subscriptionId: id, edits }, key) =>
      write('change subscription', { id, key, request: edits }, (subscription) => {
        if (world.plans.has(id)) return false;
        const items = itemsAfter(subscription, edits);
        log(id, items[0]?.priceId ?? null);
        world.invoices.set(id, (world.invoices.get(id) ?? 0) + 1);
        if (world.random.chance(0.3)) hold(world, id, items);
        else put(withItems(subscription, items));
        return true;
      }),
    ...plansOf(world, { by, write, put }),
  };
}

interface Writing {
  readonly by: number;
  readonly write: (
    name: string,
    target: { readonly id: string; readonly key: string; readonly request: unknown },
    effect: (subscription: Subscription) => boolean,
  ) => Promise<WriteResult>;
  readonly put: (subscription: Subscription) => void;
}

/** The calls about what comes: schedules, ends, and changes that wait for their payment. */
function plansOf(
  world: StripeWorld,
  { by, write, put }: Writing,
): Omit<Changer, 'by' | 'readChangeable' | 'previewChange' | 'previewPeriod' | 'changeItems'> {
  const log = (subscriptionId: string) => world.changeLog.push({ subscriptionId, by, billed: null });
  const ownerOfSchedule = (scheduleId: string) =>
    [...world.plans].find(([, { id }]) => id === scheduleId)?.[0] ?? '';
  return {
    createSchedule: (id, key) =>
      write('create schedule', { id, key, request: id }, () => {
        if (world.plans.has(id)) return false;
        const scheduleId = `sub_sched_of_${id}_${world.changeLog.length}`;
        world.plans.set(id, { id: scheduleId, isOurs: false, next: null, isComplex: false, isBlank: true });
        log(id);
        return true;
      }),
    planNext: ({ scheduleId, items }, key) => {
      const id = ownerOfSchedule(scheduleId);
      return write('plan change', { id, key, request: items }, (subscription) => {
        const schedule = world.plans.get(id);
        const at = subscription.items[0]?.periodEnd ?? 0;
        if (schedule?.id !== scheduleId) return false;
        world.plans.set(id, { ...schedule, isOurs: true, isBlank: false, next: { at, items } });
        log(id);
        return true;
      });
    },
    undoEnd: ({ subscriptionId: id }, key) =>
      write('undo end', { id, key, request: id }, (subscription) => {
        if (world.plans.has(id)) return false;
        put({ ...subscription, cancelAtPeriodEnd: false, cancelAt: null });
        return true;
      }),
    releaseSchedule: (scheduleId, key) => {
      const id = ownerOfSchedule(scheduleId);
      return write('release schedule', { id, key, request: scheduleId }, () => {
        log(id);
        return world.plans.delete(id);
      });
    },
    discardChange: (invoiceId, key) => {
      const id = [...world.held].find(([, held]) => held.invoiceId === invoiceId)?.[0] ?? '';
      return write('void invoice', { id, key, request: invoiceId }, () => {
        log(id);
        return world.held.delete(id);
      });
    },
    endWithPeriod: ({ subscriptionId: id }, key) =>
      write('schedule end', { id, key, request: id }, (subscription) => {
        if (world.plans.has(id)) return false;
        put({ ...subscription, cancelAtPeriodEnd: true });
        return true;
      }),
  };
}

function nothingToPay() {
  return { currency: 'eur', total: 0, amountDue: 0, lines: [] };
}

/** The payment fails. At times the user pays a while later, and after a day it is too late. */
function hold(world: StripeWorld, id: string, items: readonly BilledItem[]): void {
  const invoiceId = `in_of_${id}_${world.invoices.get(id)}`;
  world.held.set(id, { items, invoiceId, expiresMs: world.timeline.nowMs + HELD_MS });
  const isHeld = () => world.held.get(id)?.invoiceId === invoiceId;
  world.timeline.after(HELD_MS, () => {
    if (isHeld()) world.held.delete(id);
  });
  if (world.random.chance(0.5)) return;
  world.timeline.after(world.random.below(60_000), () => {
    const subscription = world.subscriptions.get(id);
    if (!isHeld() || subscription === undefined || isEnded(subscription)) return;
    world.held.delete(id);
    putSubscription(world, withItems(subscription, items), 'customer.subscription.updated');
  });
}

function itemsAfter({ items }: Subscription, edits: readonly ItemEdit[]): readonly BilledItem[] {
  return items.map(({ id, priceId, quantity }) => {
    const edit = edits.find(({ itemId }) => itemId === id);
    return edit === undefined
      ? { priceId, quantity }
      : { priceId: edit.priceId ?? priceId, quantity: edit.quantity };
  });
}

function changeableIn(world: StripeWorld, id: string): Changeable | 'missing' {
  const subscription = world.subscriptions.get(id);
  if (subscription === undefined) return 'missing';
  const { customerId, status, items, trialEnd, collectionPaused, cancelAt, cancelAtPeriodEnd } = subscription;
  const held = world.held.get(id);
  return {
    id,
    customerId,
    status,
    currency: 'eur',
    isCharged: true,
    items: items.map(({ id: itemId, ...item }) => ({
      ...item,
      itemId,
      currency: 'eur',
      amount: null,
      interval: 'month',
      intervalCount: 1,
    })),
    trialEnd,
    isCollectionPaused: collectionPaused,
    endsAt: cancelAt ?? (cancelAtPeriodEnd ? (items[0]?.periodEnd ?? 0) : null),
    endsWithPeriod: cancelAtPeriodEnd,
    latestInvoiceId: `in_of_${id}_${world.invoices.get(id) ?? 0}`,
    pending:
      held === undefined
        ? null
        : {
            ...held,
            expiresAt: Math.floor(held.expiresMs / 1000),
            url: `https://pay.example/${held.invoiceId}`,
            amountDue: null,
          },
    schedule: world.plans.get(id) ?? null,
  };
}
