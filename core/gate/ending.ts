/** What is proposed to be ended because its user no longer exists, as data: it is counted, stored and shown to a person. */
import { isRecord, textAt } from '../system/record.ts';

export type Ending =
  /** A customer of a user without profile and row. */
  | { readonly kind: 'customer'; readonly sub: string; readonly customerId: string }
  /** A row without a profile, with the customers that it lists. */
  | { readonly kind: 'row'; readonly sub: string }
  /** A profile, with everything of its user. */
  | { readonly kind: 'account'; readonly sub: string }
  /** RevenueCat's customer of a user whose account is deleted, as a record says. */
  | { readonly kind: 'store_customer'; readonly sub: string }
  /** A subscription that our own checkout sold to a deleted user. */
  | {
      readonly kind: 'checkout';
      readonly sub: string;
      readonly customerId: string;
      readonly sessionId: string;
      readonly subscriptionId: string;
    };

/** Returns one line that identifies the ending and that `readEnding` reads. */
export function endingLine(ending: Ending): string {
  const { kind, sub, ...ids } = ending;
  return [kind, sub, ...Object.values(ids)].join(' ');
}

/** Returns `undefined` for a line of another form. */
export function readEndingLine(line: string): Ending | undefined {
  const [kind, sub, ...ids] = line.trim().split(/\s+/);
  if (sub === undefined) return undefined;
  const isOfUser = kind === 'row' || kind === 'account' || kind === 'store_customer';
  if (isOfUser && ids.length === 0) return { kind, sub };
  const [customerId, sessionId, subscriptionId] = ids;
  if (customerId?.startsWith('cus_') !== true) return undefined;
  if (kind === 'customer' && ids.length === 1) return { kind, sub, customerId };
  if (kind !== 'checkout' || ids.length !== 3) return undefined;
  if (sessionId === undefined || subscriptionId === undefined) return undefined;
  return { kind, sub, customerId, sessionId, subscriptionId };
}

/** Reads an ending that was saved as JSON. */
export function readEnding(value: unknown): Ending | undefined {
  if (!isRecord(value)) return undefined;
  const fields = ['kind', 'sub', 'customerId', 'sessionId', 'subscriptionId'].map((name) =>
    textAt(value, name),
  );
  return readEndingLine(fields.filter((field) => field !== null).join(' '));
}

/** Returns the number of users whose objects would be ended, with those of the last days. */
export function usersIn(endings: readonly { readonly sub: string }[], recent: readonly string[]): number {
  return new Set([...endings.map(({ sub }) => sub), ...recent]).size;
}
