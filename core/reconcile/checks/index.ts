/** All checks, in the order in which a run goes through them. */
import type { Check } from '../scan.ts';
import { customerIndex } from './customer-index.ts';
import { customers } from './customers.ts';
import { emailMatches } from './email-matches.ts';
import { events } from './events.ts';
import { foreignRows } from './foreign-rows.ts';
import { liveRows } from './live-rows.ts';
import { missingUsers } from './missing-users.ts';
import { profiles } from './profiles.ts';
import { reversals } from './reversals.ts';
import { rows } from './rows.ts';
import { storeCustomers } from './store-customers.ts';
import { subscriptions } from './subscriptions.ts';
import { formerTrials, trials } from './trials.ts';
import { undeliveredEvents } from './undelivered-events.ts';
import { users } from './users.ts';

export const checks = [
  emailMatches,
  users,
  formerTrials,
  events,
  // Before `profiles`, which finishes deletions: a checkout paid for a user who is being deleted is refunded first.
  undeliveredEvents,
  profiles,
  subscriptions,
  customers,
  reversals,
  storeCustomers,
  // Before `rows`, which only reports them.
  foreignRows,
  rows,
  liveRows,
  customerIndex,
  // Last, so that everything else is repaired whatever the pool answers.
  missingUsers,
  trials,
] as const;

export type CheckName = (typeof checks)[number]['name'];

export const checkNames: readonly CheckName[] = checks.map(({ name }) => name);

/** The checks of a scheduled run. */
export const defaultChecks: readonly CheckName[] = checks
  .filter(({ optIn }) => optIn === null)
  .map(({ name }) => name);

/** The checks of a run by hand: it also looks for users who exist only in the pool. */
export const manualChecks: readonly CheckName[] = ['users', ...defaultChecks];

export function checkOf(name: CheckName): Check<CheckName> {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new TypeError(`There is no check ${name}`);
  return found;
}

/** Names of version 0.1, which saved progress, the Lambda's input and scripts may still contain. */
const formerNames: Readonly<Partial<Record<CheckName, string>>> = {
  email_matches: 'lookalikes', // lint-words: allow (a name of version 0.1)
  undelivered_events: 'undelivered',
};

/** Returns the check with this name or former name, or `undefined`. */
export function parseCheckName(text: unknown): CheckName | undefined {
  return checkNames.find((name) => name === text || (text !== undefined && formerNames[name] === text));
}

/** Returns the name under which progress is saved: the first one a check had, so that saved progress is found. */
export function storedCheckName(name: CheckName): string {
  return formerNames[name] ?? name;
}
