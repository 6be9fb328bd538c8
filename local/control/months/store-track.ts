/** One purchase in an app store, as RevenueCat states it, over time. Its times are milliseconds. Pure. */
import type { JsonRecord, MonthsTrack } from '../contract.ts';
import { bandsOf } from './bands.ts';
import { numberAt, textAt } from './fields.ts';

const ended = new Set(['expired', 'refunded']);

/** RevenueCat states the present only, so there is one band for the time until now. */
export function storeTrack(purchase: JsonRecord): MonthsTrack {
  const startsAt = secondsAt(purchase, 'starts_at') ?? secondsAt(purchase, 'purchased_at') ?? 0;
  const endsAt = secondsAt(purchase, 'current_period_ends_at') ?? secondsAt(purchase, 'ends_at');
  const periodStart = secondsAt(purchase, 'current_period_starts_at');
  const status = textAt(purchase, 'status') ?? 'unknown';
  const willEnd = textAt(purchase, 'auto_renewal_status') === 'will_not_renew' && !ended.has(status);
  const bands = ended.has(status)
    ? [
        { atSeconds: startsAt, status: 'active' },
        { atSeconds: endsAt ?? startsAt, status },
      ]
    : [
        { atSeconds: startsAt, status },
        ...(willEnd && endsAt !== null ? [{ atSeconds: endsAt, status: 'expired', note: 'scheduled' }] : []),
      ];
  const store = textAt(purchase, 'store') ?? 'store';
  return {
    id: textAt(purchase, 'id') ?? '',
    title: `${textAt(purchase, 'product_id') ?? 'Purchase'} (${store.replaceAll('_', ' ')})`,
    bands: bandsOf(bands),
    periods:
      periodStart === null || endsAt === null || endsAt <= periodStart
        ? []
        : [{ fromSeconds: periodStart, toSeconds: endsAt }],
    invoices: [],
    webhooks: [],
  };
}

function secondsAt(record: JsonRecord, name: string): number | null {
  const ms = numberAt(record, name);
  return ms === null ? null : Math.floor(ms / 1_000);
}
