/** Keeps what the app sells, so that a pricing page needs Stripe once in a few minutes, and goes on without it. */
import type { OfferedPrice } from '../../contract/prices.ts';
import type { CatalogueEntry } from '../catalogue/entry.ts';
import { type Unsellable, unsellableTexts } from '../catalogue/sellable.ts';
import type { Clock } from '../system/clock.ts';
import { Fault, refusalIn } from '../system/fault.ts';
import type { Log } from '../system/log.ts';

/** A price that is for sale: as a page shows it, and as a sale must know it. */
export interface Offered {
  readonly price: OfferedPrice;
  readonly entry: CatalogueEntry;
}

/** A price that the configuration lists. */
export type Listed =
  | ({ readonly kind: 'offered' } & Offered)
  /** `named`: its id or lookup key in the configuration. */
  | { readonly kind: 'unsellable'; readonly named: string; readonly reason: Unsellable }
  /** A page cannot show it, such as one with an interval that is not known here. */
  | { readonly kind: 'unreadable'; readonly named: string };

export interface OfferServices {
  /** Reads the prices from Stripe. */
  readonly read: () => Promise<readonly Listed[]>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** As long as the checkout goes by its own list. */
const FRESH_MS = 5 * 60_000;
/** A page without prices sells nothing. The checkout asks Stripe itself, so it never sells at an old price. */
const USABLE_MS = 24 * 3_600_000;

/** Anyone may ask, so the requests of strangers must not cause as many calls that fail. */
const PAUSE_MS = 10_000;

interface Known {
  readonly offered: readonly Offered[];
  readonly readMs: number;
}

interface Failure {
  readonly cause: unknown;
  /** Until then, Stripe is not asked again. */
  readonly untilMs: number;
}

/** Returns a reader of what is for sale. It throws a `Fault` if that is nothing, or if Stripe does not answer and never has. */
export function createOffer({ read, clock }: OfferServices): (log: Log) => Promise<readonly Offered[]> {
  let known: Known | undefined;
  let failed: Failure | undefined;
  return async (log) => {
    const nowMs = clock.nowMs();
    if (known !== undefined && nowMs - known.readMs < FRESH_MS) return known.offered;
    if (failed !== undefined && nowMs < failed.untilMs) return orKnown(failed.cause, { known, nowMs, log });
    try {
      known = { offered: forSale(await read(), log), readMs: clock.nowMs() };
      return known.offered;
    } catch (cause) {
      // Without any prices, the next request may succeed, unless it is refused permanently.
      if (known !== undefined || refusalIn(cause) !== undefined) {
        failed = { cause, untilMs: clock.nowMs() + PAUSE_MS };
      }
      return orKnown(cause, { known, nowMs, log });
    }
  };
}

/** A permanent refusal is thrown, because no later attempt will replace the old prices. */
function orKnown(
  cause: unknown,
  { known, nowMs, log }: { readonly known: Known | undefined; readonly nowMs: number; readonly log: Log },
): readonly Offered[] {
  const isUsable = known !== undefined && nowMs - known.readMs < USABLE_MS;
  if (!isUsable || !(cause instanceof Fault) || refusalIn(cause) !== undefined) throw cause;
  log.warn(
    'Stripe did not answer, so the prices are those that it answered before.',
    { metric: 'prices_stale' },
    cause,
  );
  return known.offered;
}

function forSale(listed: readonly Listed[], log: Log): readonly Offered[] {
  const offered = listed.flatMap((one) =>
    one.kind === 'offered' ? [{ price: one.price, entry: one.entry }] : [],
  );
  const first = listed.find((one) => one.kind === 'unsellable');
  if (first !== undefined && offered.length === 0) throw nothingForSale(first);
  for (const one of listed) {
    if (one.kind === 'offered') continue;
    log.warn('A price of CHECKOUT_PRICES is not shown, because it cannot be sold.', {
      metric: 'price_not_for_sale',
      price: one.named,
      reason: one.kind === 'unsellable' ? one.reason : one.kind,
    });
  }
  return offered;
}

function nothingForSale({ named, reason }: Extract<Listed, { kind: 'unsellable' }>): Fault {
  return new Fault({
    code: 'refused',
    system: 'stripe',
    operation: 'read prices',
    reason: `price_${reason}`,
    refusal: {
      kind: 'installation',
      setting: 'CHECKOUT_PRICES',
      fix: `No price can be sold; ${named} ${unsellableTexts[reason]}. List others, or correct them in Stripe.`,
    },
  });
}
