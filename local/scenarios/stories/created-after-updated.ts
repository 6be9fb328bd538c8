/** Stripe promises no order and no single delivery. */
import { expectThat } from '../failure.ts';
import { hasAccess, type ScenarioDefinition, urlOf } from '../stage.ts';

export const createdAfterUpdated: ScenarioDefinition = {
  name: 'created_after_updated',
  title: 'Created after updated',
  story: 'Stripe delivers the events of a payment in the wrong order, and each of them twice.',
  watch:
    'Every event leads to the same row, because the function reads Stripe instead of believing the event.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('order'));
    await stage.step('Stripe shuffles and doubles its events from now on', async () => {
      stage.fault({ system: 'webhooks', fault: 'reorder', count: null });
      stage.fault({ system: 'webhooks', fault: 'duplicate', count: null });
    });
    await stage.step('The user pays, and all events arrive', async () => {
      const checkout = await user.call('POST', '/me/checkout-session', { price: 'pro_yearly' });
      await user.pay(urlOf(checkout));
      await stage.settled();
    });
    await stage.step('The app gives access', async () => {
      expectThat(hasAccess(await user.call('GET', '/me/entitlements')), 'The user has no access.');
    });
    await stage.step('Stripe delivers as usual again', async () => stage.endFaults());
    return { sub: user.sub, lesson: 'The order of events does not matter.' };
  },
};
