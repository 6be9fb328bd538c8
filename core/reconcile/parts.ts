/** What a run goes over, part by part: each page is looked through, and only what differs costs calls of its own. */
import type { Profile } from '../account/profile.ts';
import { isTrialActive } from '../entitlement/access.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { meaningOf } from '../subscription/status.ts';
import type { EventReading } from '../sync/stripe-event.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/sync.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import { compare } from './compare.ts';
import type { Listings, Page } from './listings.ts';
import {
  customerIn,
  hasTwoLive,
  isReversalUnknown,
  type RepairServices,
  settleCustomer,
  settleEvent,
  settleProfile,
  settleReversal,
  settleRow,
  settleUser,
} from './repair.ts';

/** All, in their order; a run goes over the usual ones, unless told otherwise. */
export const partNames = [
  'lookalikes',
  'users',
  'former_trials',
  'events',
  'profiles',
  'undelivered',
  'subscriptions',
  'customers',
  'reversals',
  'rows',
  'trials',
] as const;
export type PartName = (typeof partNames)[number];

/** Events are for a time that somebody asks about; the others list the whole pool, or mean nothing once it is taken in. */
const unusual: ReadonlySet<PartName> = new Set(['lookalikes', 'users', 'former_trials', 'events', 'trials']);

export const usualParts: readonly PartName[] = partNames.filter((name) => !unusual.has(name));

/** Something that differs, and what sets it right. */
export interface Drift {
  readonly reason: string;
  readonly who: string;
  /** Answers `false` where nothing had to be done after all, `told` where a person must decide. Null: nothing can be done. */
  readonly heal: ((services: RepairServices) => Promise<boolean | 'told' | void>) | null;
  /** Whether it differs at all, where that takes calls of its own. Reads only. */
  readonly differs?: (services: RepairServices) => Promise<boolean>;
}

export interface Looked {
  readonly checked: number;
  readonly drifts: readonly Drift[];
  readonly next: string | null;
}

export interface LookAt {
  readonly listings: Listings;
  readonly from: string | null;
  readonly nowSeconds: number;
}

type Part = (at: LookAt) => Promise<Looked>;

export const parts: Readonly<Record<PartName, Part>> = {
  lookalikes: async ({ listings, from }) => {
    const page = await listings.customers(from);
    const drifts: Drift[] = [];
    for (const { id, sub, email } of page.items) {
      if (sub !== null || email === null) continue;
      const users = await listings.usersOf(email);
      // An address that anybody may have typed in, or that is of several, proves still less.
      const certain = users.length === 1 && users[0]?.emailVerified === true;
      const reason = certain ? 'customer_lookalike' : 'customer_lookalike_uncertain';
      drifts.push(...users.map((user) => ({ reason, who: `${id}=${user.sub}`, heal: null })));
    }
    return { checked: page.items.length, drifts, next: page.next };
  },
  profiles: async ({ listings, from }) => {
    const page = await listings.profiles(from);
    const fresh = page.items.filter((profile) => profile.customerId !== null && listings.isFresh(profile));
    const [rows, dead] = await Promise.all([
      listings.rowsOf(page.items.map(({ userId }) => userId)),
      listings.deletedCustomers(fresh.map(({ customerId }) => customerId ?? '')),
    ]);
    return looked(page, (profile) => {
      const { userId, customerId, deletion } = profile;
      const reason =
        (deletion === null ? undefined : 'deletion_unfinished') ??
        (customerId === null ? 'customer_missing' : undefined) ??
        (dead.has(customerId ?? '') ? 'customer_gone' : undefined) ??
        (rows.has(userId) ? undefined : 'row_missing');
      if (reason === undefined) return undefined;
      return { reason, who: userId, heal: (services) => settleProfile(services, profile) };
    });
  },
  users: async ({ listings, from }) => {
    const page = await listings.users(from);
    const subs = page.items.map(({ sub }) => sub);
    const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
    return looked(page, (user) => {
      const { sub, confirmed } = user;
      // Who has not proved the address yet is taken in when that is done.
      const profile = profiles.get(sub);
      const whole = profile !== undefined && profile.customerId !== null && rows.has(sub);
      // A deletion is finished from its profile.
      if (!confirmed || whole || profile?.deletion) return undefined;
      const lacks = profile?.customerId === null ? 'customer_missing' : 'row_missing';
      const reason = profile === undefined ? 'user_without_profile' : lacks;
      return { reason, who: sub, heal: async (services) => (await settleUser(services, user)) === 'settled' };
    });
  },
  events: async ({ listings, from }) => {
    return lookedAtEvents(listings, await listings.events(from), 'event_unseen');
  },
  undelivered: async ({ listings, from }) => {
    return lookedAtEvents(listings, await listings.undeliveredEvents(from), 'event_undelivered');
  },
  subscriptions: async ({ listings, from }) => {
    const page = await listings.subscriptions(from);
    const rows = await listings.rowsOf(subsIn(page));
    return looked(page, ({ subscription, sub }) => {
      const reason = sub === null ? undefined : compare(rows.get(sub), subscription);
      if (sub === null || reason === undefined) return undefined;
      const customer = { id: subscription.customerId, sub };
      if (reason === 'two_live_subscriptions') {
        return {
          reason,
          who: sub,
          differs: (services) => hasTwoLive(services, customer),
          heal: async (services) => {
            // The row may be behind all the same: what both give together, it shows by a sync alone.
            await settleCustomer(services, customer);
            // Which of the two is to end, and what is to be paid back, nobody can tell from here.
            return 'told';
          },
        };
      }
      return { reason, who: sub, heal: (services) => settleCustomer(services, customer) };
    });
  },
  customers: async ({ listings, from }) => {
    const page = await listings.customers(from);
    const subs = subsIn(page);
    const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
    return looked(page, ({ id, sub }) => {
      if (sub === null) return undefined;
      const [row, profile] = [rows.get(sub), profiles.get(sub)];
      const known = row?.customerIds.includes(id) === true || profile?.customerId === id;
      if (known) return undefined;
      const reason = row === undefined && profile === undefined ? 'customer_without_user' : 'second_customer';
      return { reason, who: id, heal: (services) => settleCustomer(services, { id, sub }) };
    });
  },
  reversals: async ({ listings, from }) => {
    const page = await listings.reversals(from);
    return looked(page, ({ customerId }) => {
      return {
        reason: 'money_went_back',
        who: customerId,
        heal: (services) => settleReversal(services, customerId),
        differs: (services) => isReversalUnknown(services, customerId),
      };
    });
  },
  rows: async ({ listings, from, nowSeconds }) => {
    const page = await listings.rows(from);
    const profiles = await listings.profilesOf(page.items.map(({ sub }) => sub));
    return looked(page, (row) => {
      const profile = profiles.get(row.sub);
      const reason = profile === undefined ? 'profile_missing' : oddityOf(row, profile, nowSeconds);
      if (reason === undefined) return undefined;
      return { reason, who: row.sub, heal: (services) => settleRow(services, row) };
    });
  },
  former_trials: trials,
  trials,
};

/** Twice in a backfill: what a row says of a trial may end with its first sync, and begin with it. */
async function trials({ listings, from }: LookAt): Promise<Looked> {
  const page = await listings.users(from);
  const rows = await listings.rowsOf(page.items.map(({ sub }) => sub));
  const tried = page.items.filter(({ sub }) => (rows.get(sub)?.trialExpiresAt ?? null) !== null);
  const unremembered = await listings.unrecordedTrials(tried);
  return looked(page, (user) => {
    if (!unremembered.has(user.sub)) return undefined;
    const customerId = rows.get(user.sub)?.customerIds[0] ?? '';
    const heal = (services: RepairServices) => services.recordTrial(user, customerId);
    return { reason: 'trial_unremembered', who: user.sub, heal };
  });
}

/** What the row has not seen. Events of who is nobody of ours are not for us, whoever's endpoint did not take them. */
async function lookedAtEvents(listings: Listings, page: Page<EventReading>, reason: string): Promise<Looked> {
  const plain = page.items.flatMap((one) =>
    one.kind === 'sync' && !one.event.request.includesReversal ? [one.event.request] : [],
  );
  const nameless = plain.filter(({ sub }) => sub === null).map(({ customerId }) => customerId);
  const owners = await listings.ownersOf([...new Set(nameless)]);
  const subOf = ({ sub, customerId }: SyncRequest) => sub ?? owners.get(customerId) ?? '';
  const subs = [...new Set(plain.map(subOf).filter((sub) => sub !== ''))];
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  return looked(page, (reading) => {
    if (reading.kind !== 'sync' && reading.kind !== 'charge_event') return undefined;
    const found: Drift = {
      reason,
      who: reading.event.id,
      heal: (services) => settleEvent(services, reading),
    };
    if (reading.kind === 'charge_event' || reading.event.request.includesReversal) {
      return { ...found, differs: (services) => moneyWentBack(services, reading) };
    }
    const sub = subOf(reading.event.request);
    // Who has neither row nor profile is found by their customer.
    const known = rows.has(sub) || profiles.has(sub);
    return known && !isSeen(rows.get(sub), reading.event.request) ? found : undefined;
  });
}

async function moneyWentBack(services: RepairServices, reading: EventReading): Promise<boolean> {
  const customerId = await customerIn(services, reading);
  return customerId !== null && isReversalUnknown(services, customerId);
}

/** A row may be right and still be worth a look: the listing of subscriptions does not show what is not in it. */
function oddityOf(row: EntitlementRow, profile: Profile, nowSeconds: number): string | undefined {
  if (row.provisional) return 'row_provisional';
  // Of another writer: what it says, Stripe was never asked.
  const askable = row.customerIds.length > 0 || profile.customerId !== null;
  if (row.syncedAt === null && row.status !== 'none' && askable) return 'row_unsynced';
  const live = row.stripeStatus !== null && meaningOf(row.stripeStatus).alive;
  const over = row.currentPeriodEnd !== null && row.currentPeriodEnd < nowSeconds;
  return live && over && !isTrialActive(row, nowSeconds) && row.stripeStatus !== 'paused'
    ? 'paid_time_over'
    : undefined;
}

/** The row rests on a later look at Stripe than the event. */
function isSeen(row: EntitlementRow | undefined, request: SyncRequest): boolean {
  if (row === undefined || row.syncedAt === null || request.changedAt === null) return false;
  return (
    row.customerIds.includes(request.customerId) && row.syncedAt > request.changedAt + SYNC_MARGIN_SECONDS
  );
}

function subsIn(page: Page<{ readonly sub: string | null }>): readonly string[] {
  return [...new Set(page.items.map(({ sub }) => sub).filter((sub) => sub !== null))];
}

function looked<T>(page: Page<T>, of: (item: T) => Drift | undefined): Looked {
  const drifts = page.items.map(of).filter((drift) => drift !== undefined);
  return { checked: page.items.length, drifts, next: page.next };
}
