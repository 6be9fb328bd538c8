/** A second payer, which must count like the first, and never together with it. */
import { expectThat } from '../failure.ts';
import { hasAccess, type ScenarioDefinition } from '../stage.ts';

export const paidOnIphone: ScenarioDefinition = {
  name: 'paid_on_iphone',
  title: 'Paid on the iPhone',
  story: 'A user buys the subscription in the App Store, and then tries to subscribe on the web too.',
  watch:
    'RevenueCat’s webhook gives access with the source app_store. The checkout answers 409 and leads to the store.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('iphone'));
    await stage.step('The user buys in the App Store', async () => {
      await user.buyOnPhone('monthly_pro');
      await stage.settled();
    });
    await stage.step('The app gives access', async () => {
      const answer = await user.call('GET', '/me/entitlements');
      expectThat(hasAccess(answer) && answer.body['source'] === 'app_store', 'The store gives no access.');
    });
    await stage.step('The checkout on the web is refused', async () => {
      const { status } = await user.call('POST', '/me/checkout-session', { price: 'pro_monthly' });
      expectThat(status === 409, `The checkout answered ${status}.`);
    });
    return { sub: user.sub, lesson: 'Every payer gives access, and no user pays twice.' };
  },
};
