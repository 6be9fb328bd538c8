/** A rig whose users also buy in app stores, and the users of its scenarios. */
import { randomUUID } from 'node:crypto';
import type { EventBody } from '../../revenuecat-simulator/index.ts';
import type { Item } from '../support/stage.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';
import type { Attempt } from './rig.ts';
import { DEFAULT_CONCURRENCY, type Rig, rigOn } from './rig.ts';

export type StoreRig = Rig<StoreStage>;

export async function createStoreRig(): Promise<StoreRig> {
  const concurrency = DEFAULT_CONCURRENCY;
  // A minute of the matrix has more requests than a minute of one installation.
  const stage = await createStoreStage({ concurrency, revenuecat: { rateLimitPerMinute: 1_000_000 } });
  return rigOn({ stage, wires: [...Object.values(stage.wires), stage.storeWire], concurrency });
}

/** Whether a call with this label goes to RevenueCat. */
export function isStoreCall(label: string): boolean {
  return label.includes(' /v2/projects/');
}

export interface Bought {
  readonly sub: string;
  readonly id: string;
  /** Its RevenueCat id. Each user has a product of its own, so that every invocation looks it up. */
  readonly productId: string;
  readonly event: EventBody;
  /** What the row says once the purchase is synced. */
  readonly active: Item & { readonly plan: string; readonly current_period_end: number };
}

/** A user who has just bought, and whose profile and row do not exist yet. */
export function buyInStore({ stage }: StoreRig, sub: string): Bought {
  const { revenuecat } = stage;
  const plan = `monthly_${randomUUID()}`;
  const product = revenuecat.createProduct({
    storeIdentifier: plan,
    duration: 'P1M',
    entitlements: ['pro'],
  });
  const { id, current_period_ends_at: endsAt } = revenuecat.purchase({ customerId: sub, product: plan });
  const active = { status: 'active', plan, current_period_end: Math.floor((endsAt ?? 0) / 1000) };
  return { sub, id, productId: product.id, event: lastEvent(stage), active };
}

export function lastEvent({ revenuecat }: StoreStage): EventBody {
  const event = revenuecat.events().at(-1);
  if (event === undefined) throw new Error('There is no event.');
  return event;
}

/**
 * Returns a function that writes the row of a user whose purchase is synced. It copies a row that the webhook has written, since
 * an invocation before the scenario would look up the product.
 */
export async function syncedRows(rig: StoreRig): Promise<(bought: Bought) => Promise<void>> {
  const { stage } = rig;
  const model = buyInStore(rig, await stage.account());
  if ((await stage.deliver(model.event)) !== 200) throw new Error('The webhook wrote no row.');
  const written = JSON.stringify(await stage.entitlement(model.sub));
  const identifying = ({ sub, id, active }: Bought) => [
    sub,
    id,
    active.plan,
    String(active.current_period_end),
  ];
  return async (bought) => {
    const values = identifying(bought);
    const row = identifying(model).reduce(
      (text, value, index) => text.replaceAll(value, values[index] ?? ''),
      written,
    );
    await stage.putEntitlement(JSON.parse(row) as Item);
  };
}

/** 0: the process ended without an answer. */
export function statusOf(made: Attempt): number {
  return made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
}

export function bodyOf(made: Attempt): Item {
  return made.ok ? (JSON.parse((made.payload as { body: string }).body) as Item) : {};
}

/** Whether the row states all of these facts. Undefined: that there is no row. */
export function says(row: Item | undefined, facts: Item | undefined): boolean {
  if (row === undefined || facts === undefined) return row === facts;
  return Object.entries(facts).every(([name, fact]) => row[name] === fact);
}
