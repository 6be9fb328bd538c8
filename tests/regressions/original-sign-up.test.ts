/** Defects of the Python functions at sign-up: 19 to 24. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { everyOf, firstOf } from '../support/wire.ts';
import { confirmation, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

const signUp = (event: object) => scene.stage.invoke('post-confirmation', event);

it('original defect 19: a password reset keeps the customer of a profile and creates no other', async () => {
  const { stage, customersOf } = scene;
  const sub = randomUUID();
  await signUp(confirmation(stage, sub));
  const before = [await stage.profile(sub), await stage.entitlement(sub)];
  await signUp(confirmation(stage, sub, { triggerSource: 'PostConfirmation_ConfirmForgotPassword' }));
  expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual(before);
  expect(await customersOf(sub)).toHaveLength(1);
});

it('original defect 20: overlapping sign-ups create one customer within the time limit, even if one call to Stripe fails', async () => {
  const { stage, customersOf } = scene;
  const sub = randomUUID();
  const event = confirmation(stage, sub);
  stage.wires.stripe.fail(firstOf('POST /v1/customers', 'server_error'));
  const begun = performance.now();
  expect(await Promise.all([signUp(event), signUp(event), signUp(event)])).toEqual([event, event, event]);
  expect(performance.now() - begun).toBeLessThan(5_000);
  const made = await customersOf(sub);
  expect(made).toHaveLength(1);
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: made[0]?.id });
});

it('original defect 21: a sign-up creates the rows and logs the error when Stripe fails, and the next webhook completes it', async () => {
  const { stage, createCustomer, subscribe, notify } = scene;
  const sub = randomUUID();
  stage.wires.stripe.fail(everyOf('POST /v1/customers', 'server_error'));
  await signUp(confirmation(stage, sub));
  expect(await stage.profile(sub)).toMatchObject({ userId: sub, givenName: 'Ada' });
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  const errors = stage.logs.filter(({ user_id, level }) => user_id === sub && level === 'error');
  expect(errors.map(({ metric }) => metric)).toContain('sign_up_incomplete');
  stage.calm();
  const customerId = await createCustomer({ cognito_user_id: sub });
  await subscribe(customerId);
  await notify(customerId);
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'active', stripe_customer_ids: [customerId] });
});

it('original defect 22: a sign-up grants neither access nor a trial, not even after a deletion', async () => {
  const { stage, entitlements, deleteAccount } = scene;
  for (const sub of [randomUUID(), randomUUID()]) {
    await signUp(confirmation(stage, sub, {}, { email: 'again@example.com' }));
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect(await entitlements(sub)).toMatchObject({
      status: 'none',
      trial_expires_at: null,
      trial_active: false,
      access_granted: false,
    });
    expect((await deleteAccount({ sub })).statusCode).toBe(200);
  }
});

it('original defect 23: no email address is invented for a user without one, neither in the profile nor in Stripe', async () => {
  const { stage, customersOf } = scene;
  const sub = randomUUID();
  await signUp(confirmation(stage, sub, {}, { email: undefined }));
  const [customer] = await customersOf(sub);
  expect(customer).toMatchObject({ email: null });
  expect(await stage.profile(sub)).not.toHaveProperty('email');
});
