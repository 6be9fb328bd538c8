/** What is proposed to be ended because its user no longer exists, as data: it is counted, stored and shown to a person. */
import type { CompletedCheckout } from '../sync/stripe-event.ts';
import { integerAt, isRecord, textAt } from '../system/record.ts';

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
    }
  /** Something that our own checkout sold once to a deleted user. */
  | {
      readonly kind: 'purchase';
      readonly sub: string;
      readonly customerId: string;
      readonly sessionId: string;
      /** When a delayed payment of it succeeded, as its event says. Null: its charge says when. */
      readonly paidAt: number | null;
    };

/** Returns the ending of what a user who is deleted, or is being deleted, has bought. */
export function endingOfCheckout(
  of: { readonly sub: string; readonly customerId: string },
  { sessionId, subscriptionId, paidAt }: CompletedCheckout,
): Ending {
  return subscriptionId === null
    ? { kind: 'purchase', ...of, sessionId, paidAt: paidAt ?? null }
    : { kind: 'checkout', ...of, sessionId, subscriptionId };
}

/** Returns one line that identifies the ending and that `readEnding` reads. */
export function endingLine(ending: Ending): string {
  const { kind, sub, ...ids } = ending;
  return [kind, sub, ...Object.values<string | number | null>(ids).filter((id) => id !== null)].join(' ');
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
  if (kind === 'purchase') return readPurchaseLine(sub, ids);
  if (kind !== 'checkout' || ids.length !== 3) return undefined;
  if (sessionId === undefined || subscriptionId === undefined) return undefined;
  return { kind, sub, customerId, sessionId, subscriptionId };
}

function readPurchaseLine(sub: string, ids: readonly string[]): Ending | undefined {
  const [customerId, sessionId, paidAt] = ids;
  if (customerId === undefined || sessionId?.startsWith('cs_') !== true || ids.length > 3) return undefined;
  if (paidAt !== undefined && !/^\d{1,12}$/.test(paidAt)) return undefined;
  return {
    kind: 'purchase',
    sub,
    customerId,
    sessionId,
    paidAt: paidAt === undefined ? null : Number(paidAt),
  };
}

/** Reads an ending that was saved as JSON. */
export function readEnding(value: unknown): Ending | undefined {
  if (!isRecord(value)) return undefined;
  const fields = ['kind', 'sub', 'customerId', 'sessionId', 'subscriptionId'].map((name) =>
    textAt(value, name),
  );
  const paidAt = integerAt(value, 'paidAt');
  return readEndingLine([...fields, paidAt].filter((field) => field !== null).join(' '));
}

/** Returns the number of users whose objects would be ended, with those of the last days. */
export function usersIn(endings: readonly { readonly sub: string }[], recent: readonly string[]): number {
  return new Set([...endings.map(({ sub }) => sub), ...recent]).size;
}
