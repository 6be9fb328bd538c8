/** What users do with their accounts, and how Cognito and they themselves repeat what failed. */
import type { Functions } from '../functions.ts';
import type { User, World } from '../world.ts';

const MAX_COGNITO_TRIES = 3;
const COGNITO_TIMEOUT_MS = 5_000;
const MAX_USER_TRIES = 4;

/** Cognito confirms the user first, and then calls the trigger: up to three times, while an earlier one may still run. */
export function signUp(world: World, functions: Functions, user: User): void {
  world.cognito.users.set(user.username, user.sub);
  user.signedUpMs = world.context.timeline.nowMs;
  runTrigger(world, functions, { user, tries: MAX_COGNITO_TRIES });
}

export function runTrigger(
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly tries: number },
): void {
  const { user, tries } = call;
  world.trace(`${user.sub}: the trigger runs`);
  world.context.tally.add('action sign_up');
  void functions.signUp(user).then((ending) => {
    const outcome = ending.kind === 'returned' ? ending.value : ending.kind;
    world.trace(`${user.sub}: the trigger ends: ${outcome}`);
    const whole = outcome === 'complete' || outcome === 'deleted_meanwhile';
    if (!whole) user.signUpInterruptedMs = world.context.timeline.nowMs;
    if (ending.kind === 'returned' && ending.tookMs > COGNITO_TIMEOUT_MS) {
      world.violations.push(`4. ${user.sub}: sign-up took ${ending.tookMs} ms`);
    }
    if (ending.kind === 'threw' || ending.kind === 'timed_out') {
      world.violations.push(`4. ${user.sub}: sign-up ${ending.kind}`);
    }
    const again = ending.kind !== 'returned' && tries > 1;
    if (again) runTrigger(world, functions, { user, tries: tries - 1 });
  });
}

/** Asked again a few times by a user who sees an error; then left to the reconcile. */
export function deleteAccount(
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly tries?: number },
): void {
  const { user, tries = MAX_USER_TRIES } = call;
  // A token outlives its user, but nobody has one who never signed up.
  if (!world.cognito.users.has(user.username) && user.deletionRequestedMs === null) return;
  user.deletionRequestedMs ??= world.context.timeline.nowMs;
  world.trace(`${user.sub}: asks for deletion`);
  world.context.tally.add('action delete_account');
  void functions.deleteAccount(user).then((ending) => {
    world.trace(`${user.sub}: deletion ${ending.kind}`);
    if (ending.kind === 'returned') {
      user.deletedMs ??= world.context.timeline.nowMs;
      return;
    }
    user.deletionInterrupted = true;
    if (tries === 1) return;
    world.context.timeline.after(5_000, () => deleteAccount(world, functions, { user, tries: tries - 1 }));
  });
}
