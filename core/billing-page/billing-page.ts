/** Reads what a user has to pay, pays next and has paid, from all of the user's own customers. Writes nothing. */
import type { BillingPart, BillingResponse } from '../../contract/billing.ts';
import type { ProfileStore } from '../account/profile.ts';
import { payerOf } from '../entitlement/answer.ts';
import { claimsOf } from '../entitlement/claims.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { type Limited, type LimitServices, limitRequest } from '../limits/request-limits.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Cursor } from './invoice-page.ts';
import { readOwnCustomers } from './own-customers.ts';
import { type PageParts, readParts } from './parts.ts';
import type { BillingReader } from './ports.ts';

export interface BillingPageServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly billing: BillingReader;
  readonly requests: LimitServices['requests'];
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

export type BillingPageOutcome =
  | { readonly kind: 'page'; readonly body: BillingResponse }
  | { readonly kind: 'account_deleted' }
  | Limited;

/** Nothing was ever bought in Stripe. */
const nothing: PageParts = {
  payments_due: [],
  next_charge: null,
  payment_method: null,
  scheduled: [],
  invoices: { data: [], has_more: false, next_cursor: null },
  tax_ids: [],
  billing_details: null,
};

export function createBillingPage(services: BillingPageServices) {
  return async (sub: string, { cursor }: { readonly cursor: Cursor | null }): Promise<BillingPageOutcome> => {
    const [profile, row] = await Promise.all([services.profiles.read(sub), services.entitlements.read(sub)]);
    if (profile !== undefined && profile.deletion !== null) return { kind: 'account_deleted' };
    const manageUrl = manageUrlOf(row);
    const own = profile?.customerId ?? null;
    const recorded = [...new Set([...(own === null ? [] : [own]), ...(row?.customerIds ?? [])])];
    if (recorded.length === 0) return page({ parts: nothing, unavailable: new Set() }, manageUrl);
    const limited = await limitRequest(services, sub, 'billing');
    if (limited !== undefined) return limited;
    const { customers, failures } = await readOwnCustomers(services, sub, { recorded, ofProfile: own });
    if (customers.length === 0 && failures.length === 0) {
      return page({ parts: nothing, unavailable: new Set() }, manageUrl);
    }
    const read = await readParts(services, { customers, failures, cursor });
    const [failure] = read.failures;
    const isEmpty = Object.values(read.parts).every((value) => value === null);
    if (isEmpty && failure !== undefined && manageUrl === null) throw failure;
    return page(read, manageUrl);
  };
}

function page(
  { parts, unavailable }: { readonly parts: PageParts; readonly unavailable: ReadonlySet<BillingPart> },
  manageUrl: string | null,
): BillingPageOutcome {
  return { kind: 'page', body: { ...parts, manage_url: manageUrl, unavailable: [...unavailable] } };
}

/** A purchase in a store that no longer continues needs no page. */
function manageUrlOf(row: EntitlementRow | undefined): string | null {
  if (row === undefined) return null;
  const continuing = claimsOf(row).filter(({ origin }) => origin?.continues !== false);
  return continuing.map((claim) => payerOf(claim, row).manage_url).find((url) => url !== null) ?? null;
}
