/** Stripe's account-wide listings, a page a call. */
import type { Stripe } from 'stripe';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import type { Page, Sweep, SweptCustomer } from '../../core/reconcile/sweep.ts';
import type { EventReading } from '../../core/sync/hint.ts';
import { calling, orMissing } from './call.ts';
import { idAt, isJson, type Json, objectAt, objectsOf, textAt } from './json.ts';
import { subIn } from './metadata.ts';
import { readEvent } from './read-event.ts';
import { hasMoreItems, readSubscription } from './read-subscription.ts';

const PAGE_SIZE = 100;

type StripeSweep = Pick<
  Sweep,
  'subscriptions' | 'customers' | 'customersOf' | 'undelivered' | 'events' | 'reversals' | 'deadCustomers'
>;

export interface SweepServices {
  readonly stripe: Stripe;
  readonly livemode: boolean;
  /** Refunds and disputes older than this, in unix seconds, are of periods long past. */
  readonly reversalsSince: number;
  /** Unix seconds: from when on events are gone over. Stripe keeps them for 30 days. */
  readonly eventsSince: number;
}

export function createStripeSweep({
  stripe,
  livemode,
  reversalsSince,
  eventsSince,
}: SweepServices): StripeSweep {
  return {
    subscriptions: async (from) => {
      // Canceled ones too, or what was canceled while webhooks were lost stays active for ever.
      const params = { status: 'all' as const, expand: ['data.customer'], ...paging(from) };
      const page = await calling('list all subscriptions', stripe.subscriptions.list(params));
      return mapped(page, (json) => {
        const customer = objectAt(json, 'customer');
        const gone = customer?.['deleted'] === true;
        // Items beyond an embedded page are rare: such a subscription is looked at on its own.
        const sub = gone || hasMoreItems(json) ? null : subIn(objectAt(customer, 'metadata'));
        return { subscription: readSubscription(json), sub };
      });
    },
    customers: async (from) => {
      const page = await calling('list all customers', stripe.customers.list(paging(from)));
      return mapped(page, customerOf);
    },
    customersOf: async (email) => {
      // Stripe takes a listing without a filter for a wish to see everybody.
      if (email === '') return [];
      const params = { email, limit: PAGE_SIZE };
      return mapped(await calling('list customers by email', stripe.customers.list(params)), customerOf)
        .items;
    },
    undelivered: (from) => events({ stripe, livemode }, { delivery_success: false, types, ...paging(from) }),
    events: (from) => events({ stripe, livemode }, { created: { gte: eventsSince }, types, ...paging(from) }),
    reversals: (from) => reversals(stripe, reversalsSince, from),
    deadCustomers: async (ids) => {
      const dead = new Set<string>();
      for (const id of ids) {
        const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(id));
        if (answer === 'missing' || (isJson(answer) && answer['deleted'] === true)) dead.add(id);
      }
      return dead;
    },
  };
}

function customerOf(json: Json): SweptCustomer {
  return {
    id: textAt(json, 'id') ?? '',
    sub: subIn(objectAt(json, 'metadata')),
    email: textAt(json, 'email'),
  };
}

const types = [...handledEventTypes];

async function events(
  { stripe, livemode }: Pick<SweepServices, 'stripe' | 'livemode'>,
  params: Stripe.EventListParams,
): Promise<Page<EventReading>> {
  const page = await calling('list events', stripe.events.list(params));
  return mapped(page, (json) => readEvent(json, { livemode }));
}

/** Refunds first, then disputes; the cursor says which of them. */
async function reversals(
  stripe: Stripe,
  since: number,
  from: string | null,
): Promise<Page<{ readonly customerId: string }>> {
  const [kind, after = ''] = (from ?? 'refunds ').split(' ');
  const params = {
    created: { gte: since },
    expand: ['data.charge'],
    ...paging(after === '' ? null : after),
  };
  const call = kind === 'disputes' ? stripe.disputes.list(params) : stripe.refunds.list(params);
  const page = await calling<{ readonly data: readonly unknown[]; readonly has_more: boolean }>(
    'list reversals',
    call,
  );
  const read = mapped(page, (json) => ({ customerId: idAt(objectAt(json, 'charge'), 'customer') ?? '' }));
  const items = read.items.filter(({ customerId }) => customerId !== '');
  if (read.next !== null) return { items, next: `${kind} ${read.next}` };
  return { items, next: kind === 'disputes' ? null : 'disputes ' };
}

function paging(from: string | null): { readonly limit: number; readonly starting_after?: string } {
  return { limit: PAGE_SIZE, ...(from === null ? {} : { starting_after: from }) };
}

function mapped<T>(
  page: { readonly data: readonly unknown[]; readonly has_more: boolean },
  read: (json: Json) => T,
): Page<T> {
  const found = objectsOf(page.data);
  const last = textAt(found.at(-1) ?? null, 'id');
  return { items: found.map(read), next: page.has_more ? last : null };
}
