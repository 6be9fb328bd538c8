/** Reads the user's own customers: those that the records name, without those that name another user. */
import { ownerNamed } from '../account/named-owner.ts';
import { mayGiveAccess, reportContradiction } from '../account/ownership.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { orFault } from './or-fault.ts';
import type { BilledCustomer, BillingReader } from './ports.ts';

/** Each costs several calls. More than two are a mistake that reconcile reports. */
export const MAX_CUSTOMERS = 5;
/** Two calls, before all others. */
const CUSTOMER_MS = 4_500;

export interface OwnCustomers {
  readonly customers: readonly BilledCustomer[];
  /** Of the customers that could not be read: nothing shows whose they are, so nothing of them is said. */
  readonly failures: readonly Fault[];
}

export async function readOwnCustomers(
  services: {
    readonly billing: Pick<BillingReader, 'readCustomer'>;
    readonly clock: Pick<Clock, 'within'>;
    readonly log: Log;
  },
  sub: string,
  { recorded, ofProfile }: { readonly recorded: readonly string[]; readonly ofProfile: string | null },
): Promise<OwnCustomers> {
  const { billing, clock, log } = services;
  const read = recorded.slice(0, MAX_CUSTOMERS).map(async (id) => {
    const customer = await orFault({ clock, ms: CUSTOMER_MS }, () => billing.readCustomer(id));
    if (customer instanceof Fault) return customer;
    if (customer === 'missing') return [];
    const named = customer.owner.sub ?? ownerNamed(customer.stamps, sub) ?? null;
    if (mayGiveAccess({ sub: named }, sub)) return [customer];
    const source = id === ofProfile ? 'profile' : 'row';
    reportContradiction(log, { customerId: id, sub: named ?? '', otherSub: sub, source });
    return [];
  });
  const found = await Promise.all(read);
  return {
    customers: found.flatMap((one) => (one instanceof Fault ? [] : one)),
    failures: found.filter((one) => one instanceof Fault),
  };
}
