/** The picture of a user's subscriptions over months. Pure. */
import type { AccessPolicy } from '../../../core/entitlement/policy.ts';
import type { EntitlementRow } from '../../../core/entitlement/row.ts';
import type { JsonRecord, MonthsPicture, MonthsTrack } from '../contract.ts';
import { accessTrack } from './access-track.ts';
import { storeTrack } from './store-track.ts';
import { type StripeFacts, stripeTrack } from './stripe-track.ts';

export interface MonthsFacts extends StripeFacts {
  readonly nowSeconds: number;
  readonly policy: AccessPolicy;
  readonly row: EntitlementRow | undefined;
  readonly subscriptions: readonly JsonRecord[];
  /** What RevenueCat says about purchases in the stores. */
  readonly purchases: readonly JsonRecord[];
}

const DAY_SECONDS = 86_400;
/** A subscription of an hour would fill the picture otherwise. */
const LEAST_SECONDS = 35 * DAY_SECONDS;

export function monthsOf(facts: MonthsFacts): MonthsPicture {
  const { nowSeconds, policy, row } = facts;
  const bought = [
    ...facts.subscriptions.map((subscription) => stripeTrack(subscription, facts)),
    ...facts.purchases.map(storeTrack),
  ].sort((a, b) => startOf(a) - startOf(b));
  const tracks = [...(row === undefined ? [] : [accessTrack({ row, policy, nowSeconds })]), ...bought];
  const starts = tracks.map(startOf).filter(Number.isFinite);
  const ends = tracks.flatMap((track) => [
    ...track.periods.map(({ toSeconds }) => toSeconds),
    ...track.bands.flatMap(({ fromSeconds, toSeconds }) => toSeconds ?? fromSeconds),
  ]);
  const first = Math.min(nowSeconds, ...starts);
  const last = Math.max(nowSeconds, ...ends.filter(Number.isFinite), first + LEAST_SECONDS);
  const margin = Math.ceil((last - first) * 0.03);
  return { fromSeconds: first - margin, nowSeconds, toSeconds: last + margin, tracks };
}

function startOf({ bands }: MonthsTrack): number {
  return bands[0]?.fromSeconds ?? Number.POSITIVE_INFINITY;
}
