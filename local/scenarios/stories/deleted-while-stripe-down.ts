/** The deletion must not report success before Stripe has stopped billing. */
import { expectThat } from '../failure.ts';
import { type ScenarioDefinition, urlOf } from '../stage.ts';

export const deletedWhileStripeDown: ScenarioDefinition = {
  name: 'deleted_while_stripe_down',
  title: 'Deleted while Stripe was down',
  story: 'A subscriber deletes the account at a moment when Stripe answers every call with an error.',
  watch:
    'The first deletion answers with an error and keeps the mark of the request. The second one finishes it.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('deleted'));
    await stage.step('The user subscribes', async () => {
      const checkout = await user.call('POST', '/me/checkout-session', { price: 'pro_monthly' });
      await user.pay(urlOf(checkout));
      await stage.settled();
    });
    await stage.step('Stripe begins to fail', async () =>
      stage.fault({ system: 'stripe', fault: 'fail', count: null }),
    );
    await stage.step('The deletion is not carried out, and says so', async () => {
      const { status } = await user.call('DELETE', '/me/account');
      expectThat(status >= 500, `The deletion answered ${status} although Stripe could not cancel.`);
    });
    await stage.step('Stripe works again', async () => stage.endFaults());
    await stage.step('The user asks again, and the account is deleted', async () => {
      const { status } = await user.call('DELETE', '/me/account');
      expectThat(status === 200, `The deletion answered ${status}.`);
      await stage.settled();
    });
    return { sub: user.sub, lesson: 'Nothing bills any more, and no system knows the user.' };
  },
};
