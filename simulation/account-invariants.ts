/** The invariant of accounts: a user has a customer. */
import { CREATION_GENERATIONS } from '../core/account/create-customer.ts';
import { reportViolation, type User, type World } from './world.ts';

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

const signUps: ReadonlySet<string> = new Set(['sign_up_again', 'delete_during_sign_up']);

/** A sign-up ends within five seconds, and what it has sent arrives within ten more. */
const SIGN_UP_FLIGHT_MS = 15_000;

/** Without faults the deletion itself removes the user from the index. Otherwise the reconcile does. */
export function checkForgottenByIndex(
  world: World,
  user: User,
  { namedBeforeMs }: { readonly namedBeforeMs: number },
): void {
  const { faultRate, killRate } = world.history.faultRates;
  const isReconciled = namedBeforeMs === Number.POSITIVE_INFINITY;
  // A write that a sign-up or a checkout gave up at its time limit may arrive after the deletion. The next run removes it.
  const repeats = world.history.actions.some(({ kind }) => signUps.has(kind));
  const overlaps = (user.deletionRequestedMs ?? 0) < (user.signedUpMs ?? 0) + SIGN_UP_FLIGHT_MS;
  const isLate = repeats || overlaps || user.checkoutSyncGivenUp;
  if (!isReconciled && (faultRate > 0 || killRate > 0 || isLate)) return;
  for (const [customerId, users] of world.dynamodb.index) {
    if (users.includes(user.sub))
      reportViolation(world, user, `3. the index leads from ${customerId} to a deleted user`);
  }
}
