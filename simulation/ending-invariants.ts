/** The invariants of endings: no user who exists and pays is ended, and never many at once without a person's decision. */
import type { Finding } from '../core/reconcile/report.ts';
import { isRunning } from './oracle/state.ts';
import { reportViolation, type World } from './world.ts';
import { type Ended, ownerOf } from './worlds/stripe.ts';

/** The limit that docs/reconcile.md promises: ten users in seven days. */
const MAX_UNREQUESTED = 10;
const WINDOW_SECONDS = 7 * 86_400;

/** Whose objects were ended without a request, and when. It is the simulation's own record. */
export type EndingLog = Map<string, number>;

/** Checks an ending at the moment at which this service carries it out, whichever stage it is. */
export function checkEnding(
  worlds: readonly World[],
  log: EndingLog,
  { customerId, subscriptionId, sessionId }: Ended,
): void {
  const [world] = worlds;
  const customer = world?.stripe.customers.get(customerId);
  const sub = customer === undefined ? null : ownerOf(customer);
  if (world === undefined || sub === null) return;
  if (worlds.some((one) => hasRequested(one, sub))) return;
  const user = worlds.flatMap(({ users }) => users).find((one) => one.sub === sub);
  if (user === undefined || user.missingSinceMs !== null) {
    noteUnrequested(world, log, sub);
    return;
  }
  if (sessionId !== undefined)
    return reportViolation(world, user, `13. the purchase ${sessionId} of an existing user is refunded`);
  const paid = [...world.stripe.subscriptions.values()].filter(
    (subscription) =>
      subscription.customerId === customerId &&
      (subscriptionId === null || subscription.id === subscriptionId) &&
      isRunning(subscription),
  );
  for (const { id } of paid) reportViolation(world, user, `13. ${id} of an existing, paying user is ended`);
}

function noteUnrequested(world: World, log: EndingLog, sub: string): void {
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  log.set(sub, now);
  const recent = [...log.values()].filter((at) => at > now - WINDOW_SECONDS);
  if (recent.length > MAX_UNREQUESTED)
    reportViolation(world, { sub }, `14. ${recent.length} users were ended within days without a request`);
}

/** Whether the user requested the deletion, and the request is on record. */
function hasRequested({ users, dynamodb }: World, sub: string): boolean {
  const user = users.find((one) => one.sub === sub);
  return user !== undefined && user.deletionRequestedMs !== null && dynamodb.marked.has(sub);
}

/** Only a user who requested it loses the login. */
export function checkLoginDeletion(world: World, sub: string): void {
  if (!hasRequested(world, sub))
    reportViolation(world, { sub }, '13. the login of an existing user is deleted');
}

/** RevenueCat forgets only a user who requested it, or that the pool does not know. */
export function checkStoreRemoval(world: World, sub: string): void {
  const user = world.users.find((one) => one.sub === sub);
  if (user === undefined || user.missingSinceMs !== null || hasRequested(world, sub)) return;
  reportViolation(world, user, '13. RevenueCat forgets an existing user');
}

/** Above the limit a run ends nothing at all, not even as many as the limit allows. */
export function checkStrangers(world: World): void {
  const { strangers } = world.history;
  for (const { sub, deletedMs } of world.stripe.customers.values()) {
    const isOverLimit =
      strangers > 0 && sub?.startsWith('stranger-') === true && !sub.startsWith('stranger-0');
    if (isOverLimit && deletedMs !== null)
      reportViolation(world, { sub }, '14. a run above the deletion limit ended something');
  }
}

export interface RunReport {
  readonly findings: readonly Finding[];
  /** The customers with a subscription that had not ended, which the run deleted. */
  readonly deleted: ReadonlySet<string>;
}

const deletions: ReadonlySet<string> = new Set(['customer_deleted', 'account_deleted', 'failed']);

/**
 * Every billed customer that a run deleted is in its report, under an outcome that says so. One that is not billed may be a
 * customer that the run itself needed and rolled back.
 */
export function checkReport(world: World, { findings, deleted }: RunReport): void {
  for (const id of deleted) {
    const { sub = null, formerSub = null } = world.stripe.customers.get(id) ?? {};
    // The records of a user may name a customer whose own name a person has removed.
    const about = findings.filter(
      (finding) => finding.subjectId === id || finding.sub === sub || finding.sub === (sub ?? formerSub),
    );
    const isReported = about.some(({ outcome, also = [] }) =>
      [outcome, ...also].some((one) => deletions.has(one)),
    );
    if (!isReported)
      reportViolation(world, { sub: sub ?? id }, `16. the report does not say that ${id} was deleted`);
  }
}

/** The calls that change something for a user. Before the adoption is complete, reconcile makes none of them. */
const changes: ReadonlySet<string> = new Set([
  'create customer',
  'update customer',
  'create entitlement',
  'write entitlement',
  'fill in profile',
  'delete customer',
  'cancel subscription',
  'refund',
  'expire checkout',
  'expire checkouts',
  'delete user',
  'delete store customer',
  'record store removal',
  'clear store removal',
  'remove profile',
  'remove entitlement',
  'link customer',
  'replace customer',
  'mark profile for deletion',
]);

export function checkBeforeAdoption(world: World, operation: string): void {
  if (!world.installation.adopted && changes.has(operation))
    reportViolation(world, { sub: 'reconcile' }, `15. makes the call "${operation}" before the adoption`);
}
