/**
 * The steps of a subscriber who changes the plan and buys more: taxes, an upgrade at once, a downgrade with the next period, and
 * something that is charged once.
 */
import type { OwnPricesResponse } from '../../contract/prices.ts';
import type { SubscriptionPreviewResponse, SubscriptionResponse } from '../../contract/subscription.ts';
import type { TourUser } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { pay, waitForEntitlement } from './subscription.ts';
import type { Systems } from './systems.ts';

interface Subscriber {
  readonly user: TourUser;
  readonly subscriptionId: string;
}

const ROUTE = '/me/subscription';

export async function changePlans(systems: Systems, report: Report, subscriber: Subscriber): Promise<void> {
  await upgradeWithTax(systems, report, subscriber);
  await downgrade(systems, report, subscriber);
  await buyOnce(systems, report, subscriber.user);
}

async function upgradeWithTax(systems: Systems, report: Report, subscriber: Subscriber): Promise<void> {
  const { user, subscriptionId } = subscriber;
  report.step('Look at the prices, and upgrade at once, with tax');
  // As the checkout sets it in a stage with CHECKOUT_AUTOMATIC_TAX, for an address that the user has entered.
  await systems.stripe.customers.update(user.customerId, { address: { country: 'DE' } });
  await systems.stripe.subscriptions.update(subscriptionId, { automatic_tax: { enabled: true } });
  report.saw('Stripe', 'the user lives in Germany, and the subscription collects taxes');
  const yearly = await offered(systems, user, 'pro_yearly');
  expectThat(
    yearly.action === 'upgrade' && yearly.when === 'now',
    `The page offers pro_yearly as ${yearly.action}.`,
  );
  expectThat(yearly.trial.refused !== undefined, 'A subscriber is offered a second trial.');
  report.saw('API', `GET /me/prices → pro_yearly: ${yearly.action}, ${yearly.when}`);
  const shown = (await systems.post(`${ROUTE}/preview`, user.token, {
    price: 'pro_yearly',
  })) as unknown as SubscriptionPreviewResponse;
  const lines = shown.lines.reduce((sum, { amount }) => sum + amount, 0);
  expectThat(shown.due_now > lines, 'The preview shows no tax.');
  report.saw(
    'API',
    `POST /me/subscription/preview → due now: ${shown.due_now}, of which ${shown.due_now - lines} tax`,
  );
  const { preview } = shown;
  const { outcome } = await change(systems, user, { price: 'pro_yearly', preview });
  expectThat(outcome === 'changed', `The upgrade is ${outcome}.`);
  const { data } = await systems.stripe.invoices.list({ subscription: subscriptionId, limit: 1 });
  const [invoice] = data;
  expectThat(invoice?.amount_paid === shown.due_now, 'Stripe bills another amount than the preview shows.');
  report.saw('Stripe', `invoice ${invoice.id}: ${invoice.amount_paid} paid, as the preview showed`);
  const { plan } = await systems.entitlements(user.token);
  expectThat(plan === yearly.id, 'The row does not have the new plan.');
  report.saw('API', 'GET /me/entitlements → the yearly plan, before any webhook');
}

async function downgrade(systems: Systems, report: Report, subscriber: Subscriber): Promise<void> {
  const { user, subscriptionId } = subscriber;
  report.step('Downgrade with the next period');
  const monthly = await offered(systems, user, 'pro_monthly');
  expectThat(
    monthly.action === 'downgrade' && monthly.when === 'period_end',
    `The page offers pro_monthly as ${monthly.action}.`,
  );
  const { outcome, at, subscription } = await change(systems, user, { price: 'pro_monthly' });
  expectThat(outcome === 'scheduled' && at === monthly.takes_effect_at, `The downgrade is ${outcome}.`);
  expectThat(subscription.price !== monthly.id, 'The user has lost the plan that is paid.');
  report.saw('API', `POST /me/subscription → scheduled at ${at}; the yearly plan stays until then`);
  const { schedule } = await systems.stripe.subscriptions.retrieve(subscriptionId);
  expectThat(typeof schedule === 'string', 'No schedule changes the plan.');
  const { phases } = await systems.stripe.subscriptionSchedules.retrieve(schedule);
  const next = phases.find(({ start_date: start }) => start === at);
  expectThat(next?.items[0]?.price === monthly.id, 'The schedule does not lead to the monthly plan.');
  report.saw('Stripe', `schedule ${schedule} changes the plan then`);
  const { plan } = await systems.entitlements(user.token);
  expectThat(plan === subscription.price, 'The row does not have the plan that is paid.');
  report.saw('API', 'GET /me/entitlements → the yearly plan');
}

async function buyOnce(systems: Systems, report: Report, user: TourUser): Promise<void> {
  report.step('Buy something once, next to the subscription');
  const handbook = await offered(systems, user, 'handbook');
  expectThat(handbook.action === 'buy' && !handbook.again, 'The page does not sell what is charged once.');
  report.saw('API', `GET /me/prices → handbook: buy, charged once, unlocks ${handbook.unlocks.join()}`);
  const opened = await systems.post('/me/checkout-session', user.token, { price: 'handbook' });
  await pay(String(opened['url']));
  const bought = await waitForEntitlement(
    systems,
    user,
    ({ features }) => features?.includes('handbook') === true,
  );
  expectThat(bought.status === 'active', 'The purchase has changed the subscription.');
  report.saw('API', `GET /me/entitlements → ${bought.status}, features ${bought.features?.join()}`);
  const asked = await systems.postRejected('/me/checkout-session', user.token, { price: 'handbook' });
  expectThat(asked['code'] === 'already_purchased', 'The user was not asked before buying the same again.');
  report.saw('API', `POST /me/checkout-session → 409 already_purchased: the user is asked first`);
}

async function offered(systems: Systems, user: TourUser, key: string) {
  const { prices } = (await systems.get('/me/prices', user.token)) as unknown as OwnPricesResponse;
  const found = prices.find(({ lookup_key: name }) => name === key);
  expectThat(
    found !== undefined,
    `The demo price ${key} is not for sale. Restart the local cloud with npm start.`,
  );
  return found;
}

async function change(systems: Systems, user: TourUser, wanted: object): Promise<SubscriptionResponse> {
  return (await systems.post(ROUTE, user.token, { change: wanted })) as unknown as SubscriptionResponse;
}
