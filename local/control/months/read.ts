/** Reads what the picture of months is made of. */
import type { SystemClients } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';
import { recordsAt, textAt } from './fields.ts';
import type { StripeFacts } from './stripe-track.ts';

/** The events that say something about a subscription. Stripe lists 20 types at most at once. */
const types = [
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.trial_will_end',
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.payment_action_required',
  'invoice.voided',
  'invoice.marked_uncollectible',
] as const;

/** Older events of a busy cloud are left out: the records say roughly the same. */
const MAX_PAGES = 30;
const PAGE_SIZE = 100;

/** Stripe cannot list the events of one subscription, so all are read. */
export async function readEvents(
  clients: Pick<SystemClients, 'stripe'>,
): Promise<Pick<StripeFacts, 'events' | 'undelivered'>> {
  const [events, undelivered] = await Promise.all([
    listEvents(clients),
    listEvents(clients, '&delivery_success=false'),
  ]);
  return {
    events: events.reverse(),
    undelivered: new Set(undelivered.map((event) => textAt(event, 'id') ?? '')),
  };
}

/** The newest first. */
async function listEvents(clients: Pick<SystemClients, 'stripe'>, filter = ''): Promise<JsonRecord[]> {
  const found: JsonRecord[] = [];
  const query = types.map((type) => `types[]=${type}`).join('&');
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const last = textAt(found.at(-1) ?? {}, 'id');
    const after = last === null ? '' : `&starting_after=${last}`;
    const list = (await clients.stripe(`/v1/events?limit=${PAGE_SIZE}&${query}${filter}${after}`)) ?? {};
    const events = recordsAt(list, 'data');
    found.push(...events);
    if (list['has_more'] !== true || events.length === 0) break;
  }
  return found;
}
