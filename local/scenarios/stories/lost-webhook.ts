/** Stripe’s events never arrive, and the user does not come back to the app. */
import { expectThat } from '../failure.ts';
import { hasAccess, type ScenarioDefinition, urlOf } from '../stage.ts';

/** Stripe's events never arrive, and the user does not come back to the app. */
export const lostWebhook: ScenarioDefinition = {
  name: 'lost_webhook',
  title: 'Paid, but the webhook was lost',
  story:
    'A user pays at Checkout and closes the tab. None of Stripe’s events arrives, and no page of the app asks for a sync.',
  watch:
    'Stripe has a subscription while the row in DynamoDB still says none, until reconcile compares the two.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('lost'));
    const checkout = await stage.step('The app opens Checkout', () =>
      user.call('POST', '/me/checkout-session', { price: 'pro_monthly' }),
    );
    await stage.step('The user pays, and every event of Stripe is lost', () =>
      stage.withoutWebhooks(() => user.pay(urlOf(checkout))),
    );
    await stage.step('The app still gives no access', async () => {
      expectThat(
        !hasAccess(await user.call('GET', '/me/entitlements')),
        'The user has access without an event.',
      );
    });
    await stage.step('Reconcile finds the difference', async () => {
      expectThat((await stage.differences(user.sub)) > 0, 'Reconcile finds nothing.');
    });
    await stage.step('Reconcile syncs the row', () => stage.repair(user.sub));
    await stage.step('The app gives access', async () => {
      expectThat(hasAccess(await user.call('GET', '/me/entitlements')), 'The user has no access.');
    });
    return { sub: user.sub, lesson: 'A lost webhook costs time, never a paid subscription.' };
  },
};
