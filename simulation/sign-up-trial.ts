/** The app's own trial at sign-up, and its invariants: who gets one, and that no one gets a second one. */
import type { SignUpTrial } from '../core/account/sign-up-trial.ts';
import type { TrialStore } from '../core/checkout/trial-claim.ts';
import type { EntitlementRow, EntitlementStore } from '../core/entitlement/row.ts';
import { hash, type PurchaseSystems } from './purchase-functions.ts';
import { reportViolation, type User, type World } from './world.ts';

const DAY_SECONDS = 86_400;
/** A trial is recorded in one call of the trigger and given in another, at most so much later. */
const MAX_TRIGGER_SECONDS = 60;

/** Null: the installation offers none. */
function trialOf({ history }: World, trials: TrialStore): SignUpTrial | null {
  const { signUpTrialDays: days } = history;
  return days === 0 ? null : { days, trials, hash: async () => hash, isoOf: (seconds) => String(seconds) };
}

/** Checks a new row at the moment at which it takes effect. No one has given its user anything yet, except the trial. */
export function checkRowCreation(world: World, { sub, claims }: EntitlementRow): void {
  const { dynamodb, stripe, history, context } = world;
  if (claims.some(({ source }) => source === 'grant'))
    reportViolation(world, { sub }, '18. a write gives what no person gave');
  const trialExpiresAt = claims.find(({ source }) => source === 'trial')?.trialExpiresAt;
  const user = world.users.find((one) => one.sub === sub);
  if (trialExpiresAt === undefined || trialExpiresAt === null || user === undefined) return;
  context.tally.add('trial at sign-up');
  const others = world.users.filter((one) => one.person === user.person && one !== user);
  const persons = [...others, user].map((one) => one.sub);
  const earlier = [...stripe.payments.values()].find(
    (payment) => payment.givesTrial && persons.includes(payment.sub),
  );
  const isSecond =
    others.some((one) => dynamodb.trialsAtSignUp.has(one.sub)) ||
    // The same trial may be given again to an account whose sign-up was rolled back.
    (dynamodb.trialsAtSignUp.get(sub) ?? trialExpiresAt) !== trialExpiresAt;
  if (isSecond || earlier !== undefined) reportViolation(world, user, '9. has a second trial at sign-up');
  const apart = trialExpiresAt - context.timeline.nowMs / 1000 - history.signUpTrialDays * DAY_SECONDS;
  if (Math.abs(apart) > MAX_TRIGGER_SECONDS + history.skewMs / 1000)
    reportViolation(world, user, `9. the trial at sign-up is ${Math.round(apart)} s too long`);
  dynamodb.trialsAtSignUp.set(sub, trialExpiresAt);
  const written = { status: 'trialing', plan: null, currentPeriodEnd: null, trialExpiresAt } as const;
  dynamodb.statements.set(sub, { ...written, version: null, shown: [] });
}

/** Returns what one sign-up receives, and a check of the row that it creates. */
export function signUpTrialIn(
  world: World,
  { entitlements, trials }: Pick<PurchaseSystems, 'entitlements' | 'trials'>,
  user: User,
) {
  const { signUpInterruptedMs: before } = user;
  let isWithout = false;
  const createIfAbsent: EntitlementStore['createIfAbsent'] = async (sub, state) => {
    const created = await entitlements.createIfAbsent(sub, state);
    isWithout = created !== 'exists' && state.claims.length === 0;
    return created;
  };
  const check = () => {
    // A sign-up that could not record the trial, or does not know whether it has, leaves the user without one.
    const isInterrupted = user.signUpInterruptedMs !== before;
    // A deletion may remove the row that this one has read.
    const isDeleted = user.deletionRequestedMs !== null;
    if (world.history.signUpTrialDays === 0 || !isWithout || isInterrupted || isDeleted) return;
    const claim = world.dynamodb.trials.get(hash(`email:${user.person}@example.com`));
    const isAnothers = claim !== undefined && claim.accountHash !== hash(`account:${user.sub}`);
    const isOfCheckout = claim !== undefined && claim.customerId !== '';
    if (!isAnothers && !isOfCheckout) reportViolation(world, user, '7. a new user gets no trial');
  };
  return { entitlements: { ...entitlements, createIfAbsent }, trial: trialOf(world, trials), check };
}
