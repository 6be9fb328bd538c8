/** The invariants of customers: a user has one, and no second one that this service created. */
import { CREATION_GENERATIONS } from '../core/account/create-customer.ts';
import { liveCustomersOf, SEARCH_LAG_MS } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';
import { type Customer, ownerOf } from './worlds/stripe.ts';

type Report = (what: string) => void;

/** After a reconcile, a user with a profile has an existing customer, unless every generation has a stored failure. */
export function checkHasCustomer(world: World, user: User, report: Report): void {
  const profile = world.dynamodb.profiles.get(user.sub);
  if (profile === undefined) return;
  const answers = [...world.stripe.keys].filter(([key]) => key.includes(`/${user.sub}/`));
  const failures = answers.filter(([, { answer }]) => answer.kind === 'failure_stored');
  if (failures.length >= CREATION_GENERATIONS) return;
  const customer = world.stripe.customers.get(profile.customerId ?? '');
  if (customer === undefined || customer.deletedMs !== null)
    report('2. a user with a profile has no customer');
}

/** How long two checkouts of one moment may take to create their customers. */
const SAME_MOMENT_MS = 60_000;

/**
 * Two checkouts ask for the customer in the moment in which Stripe forgets that the first key failed, or in which its customer
 * is deleted by hand: one moves on to the next key, the other uses the first again. The duplicate is never sold anything.
 */
export function isUnusedDuplicate(world: World, user: User, customer: Customer): boolean {
  const { subscriptions, sessions, createdAgain } = world.stripe;
  const isUsed =
    [...subscriptions.values()].some(({ customerId }) => customerId === customer.id) ||
    [...sessions.values()].some(({ order }) => order.customerId === customer.id);
  if (isUsed) return false;
  const isOfSameMoment = (ms: number | null) =>
    ms !== null && Math.abs(ms - customer.createdMs) < SAME_MOMENT_MS;
  return customersOf(world, user)
    .filter(({ id }) => id !== customer.id)
    .some(({ id, createdMs, deletedMs }) => {
      const isAgain = createdAgain.has(customer.id) || createdAgain.has(id);
      return (isAgain && isOfSameMoment(createdMs)) || isOfSameMoment(deletedMs);
    });
}

/** Another customer of the user named no one when this one was created, so that no search and no list showed it. */
function isMissedWhileUnnamed(world: World, user: User, { id, createdMs }: Customer): boolean {
  return customersOf(world, user).some((other) => {
    const wasUnnamed = other.formerSub === null && other.namedMs > other.createdMs;
    const isMissed = other.sub === null || (wasUnnamed && createdMs < other.namedMs + SEARCH_LAG_MS);
    return other.id !== id && isMissed;
  });
}

/** The records that named the customer were lost before the search could show it, and another was created in its place. */
function isLost(world: World, user: User, { id, createdMs }: Customer): boolean {
  const { recordsLostMs } = user;
  if (recordsLostMs === null || createdMs > recordsLostMs) return false;
  return customersOf(world, user).some((other) => {
    const isLater = other.id !== id && other.createdMs > recordsLostMs;
    return isLater && other.createdMs < createdMs + SEARCH_LAG_MS;
  });
}

function customersOf({ stripe }: World, { sub }: User): readonly Customer[] {
  return [...stripe.customers.values()].filter((customer) => ownerOf(customer) === sub);
}

/** Whether a checkout created the customer while its search did not show yet what other code had created. */
export function isDuplicateOfLate({ stripe }: World, { sub }: User, { createdMs }: Customer): boolean {
  return [...stripe.customers.values()].some(
    (other) =>
      other.sub === sub && other.createdBy === 'app' && Math.abs(createdMs - other.createdMs) < SEARCH_LAG_MS,
  );
}

export function checkCustomers(world: World, user: User): void {
  const ours = liveCustomersOf(world, user).filter(({ createdBy }) => createdBy === 'service');
  const linked = world.dynamodb.profiles.get(user.sub)?.customerId;
  // A profile that other code overwrote names no customer of the user, and the search may be behind.
  const hasDuplicate =
    user.profileContradicted ||
    ours.some((one) => isLost(world, user, one)) ||
    ours.some((one) => isMissedWhileUnnamed(world, user, one)) ||
    ours.some((one) => one.id !== linked && isUnusedDuplicate(world, user, one));
  if (ours.length > (hasDuplicate ? 2 : 1))
    reportViolation(world, user, `2. ${ours.length} live customers made by the service`);
}
