/**
 * Gives a Stripe customer to a user, on a person's word. An equal address alone proves nothing: whoever types in
 * somebody else's must not get what they pay for.
 */
import type { UserReader } from '../account/pool-user.ts';
import type { CustomerWriter } from '../billing/billing.ts';
import { type RepairServices, settleUser } from './repair.ts';

export interface Adoption {
  readonly customerId: string;
  readonly sub: string;
}

export type AdoptOutcome =
  | 'adopted'
  | 'customer_missing'
  /** Its metadata name another user. */
  | 'customer_of_another'
  | 'user_missing'
  | 'being_deleted';

export interface AdoptServices {
  readonly settle: Omit<RepairServices, 'deletions'>;
  readonly billing: Pick<CustomerWriter, 'describeCustomer'>;
  readonly reader: UserReader;
}

/** May be repeated. `dryRun`: tells what would be, and changes nothing. */
export async function adopt(
  { settle, billing, reader }: AdoptServices,
  { customerId, sub }: Adoption,
  options: { readonly dryRun: boolean },
): Promise<AdoptOutcome> {
  const [lookup, user, profile] = await Promise.all([
    settle.billing.retrieveCustomer(customerId),
    reader.readUser({ sub, username: null }),
    settle.profiles.read(sub),
  ]);
  if (lookup.kind !== 'customer') return 'customer_missing';
  if (lookup.sub !== null && lookup.sub !== sub) return 'customer_of_another';
  if (user === undefined) return 'user_missing';
  if (profile !== undefined && profile.deletion !== null) return 'being_deleted';
  if (options.dryRun) return 'adopted';
  // The name first: from then on every event of the customer leads to its user, whatever breaks off here.
  const described = await billing.describeCustomer(customerId, { sub, email: null, name: null });
  if (described === 'deleted') return 'customer_missing';
  return (await settleUser(settle, user, customerId)) === 'settled' ? 'adopted' : 'being_deleted';
}

/** Lines of `cus_…=SUB`; what follows a `#` is for the reader. Answers the lines that are neither, too. */
export function readAdoptions(text: string): {
  readonly adoptions: readonly Adoption[];
  readonly unreadable: readonly string[];
} {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
  const read = [...new Set(lines)].map((line) => ({ line, ...partsOf(line) }));
  return {
    adoptions: read.flatMap(({ customerId, sub }) => (customerId && sub ? [{ customerId, sub }] : [])),
    unreadable: read.filter(({ customerId }) => customerId === undefined).map(({ line }) => line),
  };
}

function partsOf(line: string): { readonly customerId?: string; readonly sub?: string } {
  return /^(?<customerId>cus_\w+)=(?<sub>[^\s=]+)$/.exec(line)?.groups ?? {};
}
