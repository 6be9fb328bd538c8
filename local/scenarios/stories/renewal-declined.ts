/** Access follows the payment, down and up again. */
import { expectThat } from '../failure.ts';
import { hasAccess, type ScenarioDefinition, urlOf } from '../stage.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const TRIAL_DAYS = 7;
const FIRST_RETRY_DAYS = 3;

export const renewalDeclined: ScenarioDefinition = {
  name: 'renewal_declined',
  title: 'The card is declined, and works again',
  story: `The trial of a user ends and the card is declined. Stripe tries again three days later. The clock of the whole cloud moves by ${TRIAL_DAYS + FIRST_RETRY_DAYS} days.`,
  watch: 'The status goes from trialing to past due, without access, and to active after the retry.',
  async run(stage) {
    const user = await stage.step('A user signs up', () => stage.signUp('declined'));
    await stage.step('The user subscribes with a trial', async () => {
      const checkout = await user.call('POST', '/me/checkout-session', { price: 'pro_monthly' });
      await user.pay(urlOf(checkout));
      await stage.settled();
    });
    await stage.step('The trial ends, and the card is declined', async () => {
      await stage.useCard(user, 'declined');
      await stage.advance(TRIAL_DAYS * DAY_SECONDS + 2 * HOUR_SECONDS);
    });
    await stage.step('The app gives no access', async () => {
      const answer = await user.call('GET', '/me/entitlements');
      expectThat(!hasAccess(answer), `The user still has access: ${String(answer.body['access_reason'])}.`);
    });
    await stage.step('The user enters another card, and Stripe tries again three days later', async () => {
      await stage.useCard(user, 'good');
      await stage.advance(FIRST_RETRY_DAYS * DAY_SECONDS);
    });
    await stage.step('The app gives access again', async () => {
      expectThat(hasAccess(await user.call('GET', '/me/entitlements')), 'The user has no access.');
    });
    return { sub: user.sub, lesson: 'Access went and came back with the payment.' };
  },
};
