/** The same user in two tabs must not pay twice. */
import { expectThat } from '../failure.ts';
import { type ScenarioDefinition, urlOf } from '../stage.ts';

export const twoTabs: ScenarioDefinition = {
  name: 'two_tabs',
  title: 'Two tabs',
  story: 'A user has the app open in two tabs, and presses “Subscribe” in both at the same moment.',
  watch:
    'Both tabs lead to the same Checkout session. After the payment a third attempt is refused with 409.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('tabs'));
    const order = { price: 'pro_monthly' };
    const tabs = await stage.step('Both tabs ask for Checkout at once', () =>
      Promise.all([1, 2].map(() => user.call('POST', '/me/checkout-session', order))),
    );
    const opened = tabs.filter(({ status }) => status === 200).map(urlOf);
    await stage.step('Both are sent to one session, or one of them is asked to wait', async () => {
      expectThat(opened.length > 0 && new Set(opened).size === 1, 'The tabs lead to two sessions.');
    });
    await stage.step('The user pays', async () => {
      await user.pay(opened[0] ?? '');
      await stage.settled();
    });
    await stage.step('The other tab asks again and is refused', async () => {
      const { status } = await user.call('POST', '/me/checkout-session', order);
      expectThat(status === 409, `The second checkout answered ${status}.`);
    });
    return { sub: user.sub, lesson: 'There is one subscription.' };
  },
};
