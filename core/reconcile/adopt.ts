/**
 * Links a Stripe customer to a user because a person decided so. An equal email address proves nothing: users who type
 * in another person's address must not get what that person pays for.
 */
import type { UserReader } from '../account/pool-user.ts';
import type { CustomerReader, CustomerWriter } from '../billing/billing.ts';
import { readCustomerOwner } from '../gate/customer-owner.ts';
import { Fault } from '../system/fault.ts';
import { type RepairServices, repairUser } from './repair.ts';

export interface Adoption {
  readonly customerId: string;
  readonly sub: string;
}

export type AdoptOutcome =
  | 'adopted'
  | 'customer_missing'
  /** The customer's metadata name another user or pool, or it names no user and those of a live subscription do. */
  | 'customer_of_another'
  | 'user_missing'
  | 'being_deleted'
  /** The user's profile names a customer of another user. */
  | 'contradiction';

export interface AdoptServices {
  readonly repair: Pick<
    RepairServices,
    'provision' | 'sync' | 'profiles' | 'entitlements' | 'index' | 'poolId'
  > & {
    readonly billing: CustomerReader;
  };
  readonly billing: Pick<CustomerWriter, 'describeCustomer'>;
  readonly reader: UserReader;
}

/** Without the metadata, no later event of the customer would lead to its user. */
const metadataRefused = {
  code: 'refused',
  system: 'stripe',
  operation: 'update customer',
  param: 'metadata',
} as const;

/** Can be repeated. A dry run returns the same outcome and changes nothing. */
export async function adopt(
  { repair, billing, reader }: AdoptServices,
  { customerId, sub }: Adoption,
  options: { readonly dryRun: boolean },
): Promise<AdoptOutcome> {
  // The person decides in place of a record, but not against what the customer or its subscriptions say.
  const claim = { customerId, sub, poolId: repair.poolId, recorded: true, requested: true };
  const [owner, user, profile] = await Promise.all([
    readCustomerOwner(repair, claim),
    reader.readUser({ sub, username: null }),
    repair.profiles.read(sub),
  ]);
  if (owner.kind !== 'customer') return 'customer_missing';
  if (owner.ownership !== 'own') return 'customer_of_another';
  if (user === undefined) return 'user_missing';
  if (profile !== undefined && profile.deletion !== null) return 'being_deleted';
  if (options.dryRun) return 'adopted';
  // The metadata first, so that every later event of the customer leads to its user even if the rest fails.
  const contact = { poolId: repair.poolId, sub, email: null, name: null };
  const described = await billing.describeCustomer(customerId, contact);
  if (described === 'deleted') return 'customer_missing';
  if (described !== 'described') throw new Fault(metadataRefused);
  const repaired = await repairUser(repair, user, customerId);
  if (repaired === 'needs_review') return 'contradiction';
  return repaired === 'user_provisioned' ? 'adopted' : 'being_deleted';
}

/** Reads lines of `cus_…=SUB`, where `#` starts a comment. Also returns the lines that have another form. */
export function readAdoptions(text: string): {
  readonly adoptions: readonly Adoption[];
  readonly unreadable: readonly string[];
} {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
  const read = [...new Set(lines)].map((line) => ({ line, ...fieldsOf(line) }));
  return {
    adoptions: read.flatMap(({ customerId, sub }) => (customerId && sub ? [{ customerId, sub }] : [])),
    unreadable: read.filter(({ customerId }) => customerId === undefined).map(({ line }) => line),
  };
}

function fieldsOf(line: string): { readonly customerId?: string; readonly sub?: string } {
  return /^(?<customerId>cus_\w+)=(?<sub>[^\s=]+)$/.exec(line)?.groups ?? {};
}
