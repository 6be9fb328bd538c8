/** Events that no change causes: the dashboard's test event, and types that the simulator does not know. */
import { getCustomer } from '../customers/customers.ts';
import type { EventBody } from '../model/event.ts';
import type { World } from '../world/world.ts';
import { customerFields, publishEvent } from './event-body.ts';

const PERIOD_MS = 7 * 24 * 3600 * 1000;

/** The dashboard's button "Send test event": a sample purchase of a user who does not exist. */
export function sendTestEvent(world: World): EventBody {
  const id = `test-${world.ids.nextAnonymous()}`;
  const now = world.nowMs();
  return publishEvent(world, 'TEST', {
    app_user_id: id,
    original_app_user_id: id,
    aliases: [id],
    subscriber_attributes: {},
    product_id: 'test_product',
    period_type: 'NORMAL',
    purchased_at_ms: now,
    expiration_at_ms: now + PERIOD_MS,
    environment: 'SANDBOX',
    store: 'APP_STORE',
    entitlement_ids: null,
    transaction_id: null,
    original_transaction_id: null,
  });
}

export interface SentEvent {
  readonly type: string;
  /** Adds the ids of this customer. */
  readonly customerId?: string;
  /** Any fields, which replace those of the simulator. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Sends an event of any type, also of one that RevenueCat may add later. */
export function sendEvent(world: World, { type, customerId, fields = {} }: SentEvent): EventBody {
  const customer = customerId === undefined ? {} : customerFields(getCustomer(world, customerId));
  return publishEvent(world, type, { ...customer, ...fields });
}
