/** The sign-up trigger dies between two of its writes. */
import { expectThat } from '../failure.ts';
import { type ScenarioDefinition, urlOf } from '../stage.ts';

export const killedHalfWay: ScenarioDefinition = {
  name: 'killed_half_way',
  title: 'Killed half way',
  story:
    'The process of the sign-up trigger dies while it creates the Stripe customer, the profile and the row.',
  watch: 'Cognito has confirmed the user, and the row is missing. The checkout continues with what exists.',
  async run(stage) {
    await stage.step('The next run of the trigger will die when its first call returns', async () =>
      stage.fault({ system: 'functions', fault: 'kill', match: 'post-confirmation *', count: 1 }),
    );
    const user = await stage.step('A user signs up, and Cognito reports the failure of the trigger', () =>
      stage.signUp('killed', { triggerFails: true }),
    );
    await stage.step('Reconcile finds what is missing', async () => {
      expectThat((await stage.differences(user.sub)) > 0, 'Reconcile finds nothing.');
    });
    await stage.step('The user signs in and subscribes, which creates the rest', async () => {
      const checkout = await user.call('POST', '/me/checkout-session', { price: 'pro_monthly' });
      expectThat(checkout.status === 200, `The checkout answered ${checkout.status}.`);
      await user.pay(urlOf(checkout));
      await stage.settled();
    });
    return {
      sub: user.sub,
      lesson: 'One customer, one profile and one row exist, as if nothing had happened.',
    };
  },
};
