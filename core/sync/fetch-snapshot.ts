/** Reads from Stripe what one user has now, across all of the user's customers. */
import { type IndexServices, otherUserNaming } from '../account/customer-index.ts';
import { ownerNamed } from '../account/named-owner.ts';
import { type CustomerStamp, mayGiveAccess } from '../account/ownership.ts';
import type { SubscriptionList, SubscriptionReader } from '../billing/billing.ts';
import { customerNotInAccount } from '../billing/customer-not-in-account.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import { type ProjectionAlarm, project, type StripeFacts } from '../entitlement/project.ts';
import type { FeaturesRead, Reversal, SubscriptionState } from '../entitlement/row.ts';
import { type PurchaseQuery, readPurchaseClaims } from '../purchase/read-purchases.ts';
import { isOfThisProduct } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { type FeatureServices, featureBasis, readFeatures } from './read-features.ts';
import { readReversal } from './read-reversal.ts';
import type { SalesSeen } from './sales-seen.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

export interface Snapshot {
  readonly facts: StripeFacts;
  /** Those of the user, also ended ones. */
  readonly subscriptions: readonly Subscription[];
  /** Whether what was bought once was read. */
  readonly readsPurchases: boolean;
  /** The earliest time of Stripe's answers, in Unix seconds by Stripe's clock. Null if any answer had no time. */
  readonly asOf: number | null;
  /** The customers that name another user. Nothing of them is part of the facts. */
  readonly ofOthers: readonly CustomerOfOther[];
  /** The customers that name no user themselves, with what their live subscriptions say. */
  readonly unnamed: ReadonlyMap<string, UnnamedCustomer>;
  /** Whether the features were read. `kept`: those of the row are those of the same subscriptions. */
  readonly features: 'read' | 'kept' | 'failed';
  /** By which sync, of which customers. Null unless it was announced before. */
  readonly featuresRead: FeaturesRead | null;
  /** What the features follow from now. */
  readonly featuresOf: string;
  /** Why the features could not be read, if that is only for now. They never decide on access, so the rest is complete. */
  readonly unread: Fault | null;
}

export interface UnnamedCustomer {
  /** The pool that it names still. */
  readonly pool: string | null;
  readonly stamps: readonly CustomerStamp[];
}

export interface CustomerOfOther {
  readonly customerId: string;
  /** The user that its own metadata or a live subscription of it name, or else the records of that user. */
  readonly sub: string;
}

export interface SnapshotServices extends FeatureServices, IndexServices {
  readonly billing: SubscriptionReader;
  readonly planOrder: PlanOrder;
  readonly isSoldTo: SalesSeen['isSoldTo'];
  /** Called before the features are read. Returns the id under which other syncs know this one; null if they do not. */
  readonly announceFeatures: (sub: string) => Promise<string | null>;
}

export interface SnapshotQuery {
  readonly sub: string;
  readonly customerIds: readonly string[];
  /** Those of them that stay this user's, whatever the records of others name. */
  readonly settled: readonly string[];
  /** Returns whether to read the reversal of a subscription. It costs several calls, and reversals are rare. */
  readonly readsReversal: (subscriptionId: string) => boolean;
  readonly purchases: PurchaseQuery;
  /** What the features of the row were read for. They are read if that has changed. Null: in any case. */
  readonly featuresOf: string | null;
  /** The list of the request's customer, if it was read already, after the row. */
  readonly list?: SubscriptionList;
}

export async function fetchSnapshot(
  services: SnapshotServices,
  request: SyncRequest,
  query: SnapshotQuery,
): Promise<Snapshot> {
  const lists = await Promise.all(
    query.customerIds.map(async (id) => {
      const of = { customerId: id, sub: query.sub, isSettled: query.settled.includes(id) };
      const known = id === request.customerId ? query.list : undefined;
      return ownedList(services, of, known ?? (await subscriptionsOf(services, request, id)));
    }),
  );
  const known = lists.filter((list) => list !== undefined);
  const ofOthers = query.customerIds.flatMap((customerId, index) => {
    const owner = lists[index]?.owner?.sub ?? null;
    return owner === null || owner === query.sub ? [] : [{ customerId, sub: owner }];
  });
  const answers = known.filter(({ owner }) => owner === null || mayGiveAccess(owner, query.sub));
  const subscriptions = answers.flatMap((list) => list.subscriptions);
  const { alarms, ...projected } = project(subscriptions, services.planOrder);
  const { states } = projected;
  for (const alarm of alarms) raise(services.log, request, alarm);
  const customers = answers.flatMap(({ subscriptions }) =>
    customersWithLive(subscriptions.filter(isOfThisProduct)),
  );
  const featuresOf = featureBasis(subscriptions.filter(isOfThisProduct));
  const keepsFeatures = query.featuresOf === featuresOf;
  const asOf = earliest(known);
  const own = query.customerIds.filter((id) => ofOthers.every(({ customerId }) => customerId !== id));
  const [{ features, featuresRead }, purchases, reversals] = await Promise.all([
    keepsFeatures ? unreadFeatures : announcedFeatures(services, request, { sub: query.sub, customers }),
    query.purchases.isRead(own)
      ? readPurchaseClaims(services, { ...query, customerIds: own, known: query.purchases.known, asOf })
      : undefined,
    reversalsOf(services, { states, subscriptions }, query),
  ]);
  return {
    facts: {
      ...projected,
      planKeys: { ...projected.planKeys, ...purchases?.planKeys },
      ...(purchases === undefined ? {} : { purchases: purchases.claims }),
      reversals,
      features: features instanceof Fault || features === 'kept' ? 'not_read' : features,
    },
    subscriptions,
    readsPurchases: purchases !== undefined,
    features: outcomeOf(features),
    featuresRead,
    featuresOf,
    asOf,
    ofOthers,
    unnamed: new Map(
      query.customerIds.flatMap((id, index) => {
        const list = lists[index];
        const pool = list?.owner?.poolId ?? null;
        return list?.stamps === undefined ? [] : [[id, { pool, stamps: list.stamps }] as const];
      }),
    ),
    unread: features instanceof Fault ? features : null,
  };
}

const unreadFeatures = { features: 'kept', featuresRead: null } as const;

async function announcedFeatures(
  services: SnapshotServices,
  request: SyncRequest,
  { sub, customers }: { readonly sub: string; readonly customers: readonly string[] },
): Promise<Pick<Snapshot, 'featuresRead'> & { readonly features: Awaited<ReturnType<typeof readFeatures>> }> {
  const by = customers.length === 0 ? null : await services.announceFeatures(sub);
  const features = await readFeatures(services, request, customers);
  return { features, featuresRead: by === null ? null : { by, customerIds: customers } };
}

function outcomeOf(features: readonly string[] | null | 'kept' | Fault): Snapshot['features'] {
  if (features === 'kept') return 'kept';
  return features instanceof Fault ? 'failed' : 'read';
}

/** What has ended, or never began, gives no access that a reversal could take away. */
async function reversalsOf(
  services: SnapshotServices,
  {
    states,
    subscriptions,
  }: { readonly states: readonly SubscriptionState[]; readonly subscriptions: readonly Subscription[] },
  query: SnapshotQuery,
): Promise<ReadonlyMap<string, Reversal | null>> {
  const running = states.filter(({ currentPeriodEnd }) => currentPeriodEnd !== null);
  const ids = running.map(({ subscriptionId }) => subscriptionId);
  const read = ids.filter((id) => id !== null).filter(query.readsReversal);
  const readings = await Promise.all(
    read.map(async (id) => {
      const known = subscriptions.find((one) => one.id === id);
      return [id, await readReversal(services, id, known)] as const;
    }),
  );
  return new Map(readings.flatMap(([id, reading]) => (reading === 'unclear' ? [] : [[id, reading]])));
}

interface OwnedList extends SubscriptionList {
  /** What the live subscriptions say, if the customer itself names no user. */
  readonly stamps?: readonly CustomerStamp[];
}

/**
 * The records of another user count for a customer that nothing else names, unless this user's row lists it already: then
 * both name it, and nothing is changed.
 */
async function ownedList(
  services: SnapshotServices,
  of: { readonly customerId: string; readonly sub: string; readonly isSettled: boolean },
  list: SubscriptionList | undefined,
): Promise<OwnedList | undefined> {
  if (list === undefined || list.owner === null || list.owner.sub !== null) return list;
  const stamps = await services.billing.readSubscriptionStamps(of.customerId);
  const named =
    ownerNamed(stamps, of.sub) ?? (of.isSettled ? undefined : await otherUserNaming(services, of));
  return { ...list, stamps, owner: { ...list.owner, sub: named ?? null } };
}

/** Returns the customers with a live subscription. The others have no features, so their features are not read. */
function customersWithLive(subscriptions: readonly Subscription[]): readonly string[] {
  const live = subscriptions.filter(({ status }) => meaningOf(status).alive);
  return [...new Set(live.map(({ customerId }) => customerId))];
}

async function subscriptionsOf(
  services: SnapshotServices,
  request: SyncRequest,
  customerId: string,
): Promise<SubscriptionList | undefined> {
  const list = await services.billing.listSubscriptions(customerId);
  if (list !== 'missing') return list;
  // A deleted customer has no subscriptions. But a customer that never existed in this account means that the API key
  // and the webhook secret belong to different accounts, and syncing from that answer would lock every user out.
  const expected = customerId === request.customerId && !request.customerDeleted;
  if (expected && (await services.billing.retrieveCustomer(customerId)).kind === 'missing') {
    throw customerNotInAccount('list subscriptions');
  }
  return undefined;
}

function raise(log: Log, request: SyncRequest, alarm: ProjectionAlarm): void {
  const { cause } = request;
  const fields = { event_id: eventIdOf(cause), subscription_id: alarm.subscriptionId, metric: alarm.kind };
  switch (alarm.kind) {
    case 'unknown_status':
      log.error('Stripe reported an unknown subscription status; it gives no access.', {
        ...fields,
        stripe_status: alarm.status,
      });
      return;
    case 'missing_period':
      log.error('A live subscription has no period end.', fields);
      if (alarm.fatal) {
        const expected = 'an item with a period';
        throw new Fault({
          code: 'unknown_shape',
          system: 'stripe',
          operation: 'read subscription',
          expected,
        });
      }
  }
}

function earliest(lists: readonly SubscriptionList[]): number | null {
  const times = lists.map((list) => list.asOf);
  return times.reduce<number | null>(
    (a, b) => (a === null || b === null ? null : Math.min(a, b)),
    times[0] ?? null,
  );
}
