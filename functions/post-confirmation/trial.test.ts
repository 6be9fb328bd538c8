/** The app's own trial, from the trigger to the checkout. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const DAY = 86_400;

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  stage = await createStage({ env: { SIGN_UP_TRIAL_DAYS: '5' } });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

function signUp(user: User, attributes: Record<string, unknown> = {}) {
  const { sub, email } = user;
  return stage.invoke('post-confirmation', {
    version: '1',
    region: 'us-east-1',
    userPoolId: stage.poolId,
    userName: user.username,
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: { userAttributes: { sub, email, email_verified: 'true', ...attributes } },
    response: {},
  });
}

const answerOf = async ({ sub }: User) =>
  (await stage.call('entitlements-api', httpEvent({ claims: { sub } }))).body;

describe('A sign-up with a trial', () => {
  it('lets the user in at once, until the trial ends', async () => {
    const user = await buyers.user();
    const before = Math.floor(Date.now() / 1000);
    await signUp(user);
    const row = (await stage.entitlement(user.sub)) ?? {};
    const started = Date.parse(String(row['trial_started_at'])) / 1000;
    expect(started).toBeGreaterThanOrEqual(before);
    expect(row).toMatchObject({ status: 'trialing', trial_expires_at: started + 5 * DAY });
    expect(row).not.toHaveProperty('plan');
    expect(await answerOf(user)).toMatchObject({
      access_granted: true,
      access_reason: 'trial',
      source: 'trial',
      trial_started_at: row['trial_started_at'],
      trial_days_remaining: 5,
    });
  });

  it('gives one trial to a person: none with a second account, and none at the checkout', async () => {
    const user = await buyers.user();
    await signUp(user);
    await signUp(user);
    const again = await buyers.user({ email: user.email.toUpperCase() });
    await signUp(again);
    expect(await answerOf(again)).toMatchObject({ access_granted: false, trial_started_at: null });
    expect(await buyers.isTrial(await buyers.checkout(again), again)).toBe(false);
    expect(await buyers.isTrial(await buyers.checkout(user), user)).toBe(false);
  });

  it('keeps the start of the trial when the user begins to pay, which ends it', async () => {
    const user = await buyers.user();
    await signUp(user);
    const { trial_started_at } = await answerOf(user);
    await pay((await buyers.checkout(user)).body['url']);
    const customer = await buyers.customerOf(user);
    const [bought] = await buyers.subscriptions(user);
    const event = stripeEvent('customer.subscription.created', { id: bought?.id ?? '', customer });
    await stage.call('stripe-webhook', delivered(event));
    expect(await answerOf(user)).toMatchObject({ status: 'active', source: 'stripe', trial_started_at });
    expect(await stage.entitlement(user.sub)).not.toHaveProperty('claims');
  });

  it('gives a federated user a trial if the address is verified', async () => {
    const [verified, unverified] = [await buyers.user(), await buyers.user()];
    const federated = { 'cognito:user_status': 'EXTERNAL_PROVIDER' };
    await signUp({ ...verified, username: 'Google_1' }, federated);
    await signUp({ ...unverified, username: 'Google_2' }, { ...federated, email_verified: 'false' });
    expect(await answerOf(verified)).toMatchObject({ access_granted: true });
    expect(await answerOf(unverified)).toMatchObject({ access_granted: false });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'sign_up_trial_unverified', user_id: unverified.sub }),
    );
  });

  it('is complete without a trial if the table does not record it', async () => {
    const user = await buyers.user();
    const isClaim = (body: string) => body.includes('trial#');
    stage.wires.dynamodb.fail((call) =>
      call.name === 'PutItem' && isClaim(call.body) ? 'reset_before' : undefined,
    );
    await signUp(user);
    stage.calm();
    expect(await stage.profile(user.sub)).toMatchObject({ stripeCustomerId: expect.any(String) });
    expect(await answerOf(user)).toMatchObject({ access_granted: false, status: 'none' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'sign_up_step_failed', step: 'trial', user_id: user.sub }),
    );
  });

  it('answers within the time of Cognito, with a row, while the table does not answer about the trial', async () => {
    const user = await buyers.user();
    stage.wires.dynamodb.fail((call) => (call.body.includes('trial#') ? 'hang' : undefined));
    const startedMs = performance.now();
    await signUp(user);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    stage.calm();
    expect(await answerOf(user)).toMatchObject({ access_granted: false, status: 'none' });
    expect(await stage.entitlement(user.sub)).toMatchObject({ cognito_sub: user.sub });
  });
});

it('A sign-up with a trial and without the key of the hash names the setting, and confirms the user', async () => {
  const broken = await createStage({ env: { SIGN_UP_TRIAL_DAYS: '5', TRIAL_HASH_KEY: '' } });
  const event = {
    userPoolId: broken.poolId,
    userName: 'x',
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: { userAttributes: { sub: 'x' } },
  };
  expect(await broken.invoke('post-confirmation', event)).toEqual(event);
  expect(broken.logs).toContainEqual(
    expect.objectContaining({ metric: 'misconfigured', settings: ['TRIAL_HASH_KEY'] }),
  );
  expect(await broken.entitlement('x')).toMatchObject({ status: 'none' });
  // The profile, the row and the index of the customer.
  expect(await broken.itemCount()).toBe(3);
  await broken.close();
});
