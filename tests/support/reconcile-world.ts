/** Reconcile on the worlds of one installation. Each run reads small pages and keeps its progress for the next. */
import type { PoolUser } from '../../core/account/pool-user.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import type { AdoptedBy } from '../../core/gate/limit.ts';
import type { Listings, Page } from '../../core/reconcile/listings.ts';
import type { Progress } from '../../core/reconcile/progress.ts';
import { createReconcile, type RunOptions, type RunResult } from '../../core/reconcile/reconcile.ts';
import type { Finding } from '../../core/reconcile/report.ts';
import type { ReconcileServices } from '../../core/reconcile/services.ts';
import { createApplyEvent } from '../../core/sync/apply-event.ts';
import type { EventReading } from '../../core/sync/stripe-event.ts';
import { Fault } from '../../core/system/fault.ts';
import { listingsOf } from '../../simulation/worlds/listings.ts';
import { type AccountWorld, createAccountWorld } from './account-world.ts';

export const HOUR = 3_600;

const paged = ['users', 'profiles', 'rows', 'customers', 'subscriptions', 'reversals', 'events'] as const;
type Paged = (typeof paged)[number];

export type ReconcileWorld = ReturnType<typeof createReconcileWorld>;

export function createReconcileWorld() {
  const world = createAccountWorld();
  const readings: EventReading[] = [];
  const { pages, refusedPages, listings } = recordedListings(world, readings);
  const saves: (Progress | undefined)[] = [];
  const adoptedBy: AdoptedBy[] = [];
  const trials: { readonly user: PoolUser; readonly customerId: string }[] = [];
  const { systems, sync, deleteAccount, provision, gate } = world;
  const services: ReconcileServices = {
    ...systems,
    sync,
    deleteAccount,
    provision,
    gate,
    listings,
    policy: { rules: defaultRules, plans: {} },
    applyEvent: createApplyEvent({ ...systems, sync }),
    installation: listings,
    checkpoint: {
      load: async () => saves.at(-1),
      save: async (progress) => {
        saves.push(progress);
      },
    },
    adoption: {
      ...systems.adoption,
      complete: async (by) => {
        adoptedBy.push(by);
        await systems.adoption.complete(by);
      },
    },
    recordTrial: async (user, customerId) => {
      trials.push({ user, customerId });
    },
  };
  // A customer of a user who was deleted long ago.
  const addOrphan = (sub: string): string => {
    const customerId = world.addCustomer(sub);
    world.advance(HOUR);
    return customerId;
  };
  return {
    ...world,
    services,
    /** What the `events` check lists. */
    readings,
    /** The pages that were read, in order, as `customers 2`. */
    pages,
    /** The pages that refuse their cursor. */
    refusedPages,
    saves,
    adoptedBy,
    trials,
    addOrphan,
    addOrphans: (count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => addOrphan(`ghost-${index + 1}`)),
    /** One call of a run, with the findings that it reported. */
    run: async (options: RunOptions = {}): Promise<RunResult & { readonly findings: readonly Finding[] }> => {
      const findings: Finding[] = [];
      const onFindings = async (page: readonly Finding[]): Promise<void> => {
        findings.push(...page);
      };
      return { ...(await createReconcile(services)({ onFindings, ...options })), findings };
    },
  };
}

function recordedListings(world: AccountWorld, readings: readonly EventReading[]) {
  const pages: string[] = [];
  const refusedPages = new Set<string>();
  const { stripe, dynamodb, cognito } = world;
  const listings: Listings = {
    ...listingsOf({ stripe, dynamodb, cognito, undelivered: [], stores: null }),
    events: async () => ({ items: readings, next: null }),
  };
  const recorded = <T>(name: Paged, list: (cursor: string | null) => Promise<Page<T>>) => ({
    [name]: async (cursor: string | null): Promise<Page<T>> => {
      const page = `${name} ${cursor ?? 'first'}`;
      pages.push(page);
      if (!refusedPages.has(page)) return list(cursor);
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'list' });
    },
  });
  return {
    pages,
    refusedPages,
    listings: Object.assign(
      {},
      listings,
      ...paged.map((name) => recorded<unknown>(name, listings[name])),
    ) as Listings,
  };
}
