/**
 * The subscription steps of the tour: pay at Checkout, return to the app, manage the subscription, lose a webhook, fail
 * a renewal, and recover.
 */
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { TourUser } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, waitUntil, withoutWebhooks } from './systems.ts';

const GOOD_CARD = '4242424242424242';

/** Buys a subscription at Checkout without a webhook. Returns the id of the subscription. */
export async function subscribe(systems: Systems, report: Report, user: TourUser): Promise<string> {
  report.step('Subscribe at Checkout');
  const { data: prices } = await systems.stripe.prices.list({ lookup_keys: ['pro_monthly'], active: true });
  const price = prices[0]?.id;
  expectThat(price !== undefined, 'The demo price pro_monthly does not exist.');
  const opened = await systems.post('/me/checkout-session', user.token, { price: 'pro_monthly' });
  const id = String(opened['id']);
  report.saw('API', `POST /me/checkout-session → session ${id.slice(0, 20)}…`);
  const again = await systems.post('/me/checkout-session', user.token, { price: 'pro_monthly' });
  expectThat(again['id'] === id, 'A second request opened a second session.');
  report.saw('API', 'the same request again → the same session, so that the user cannot pay twice');
  await withoutWebhooks(systems, () => pay(String(opened['url'])));
  const { subscription } = await systems.stripe.checkout.sessions.retrieve(id);
  expectThat(typeof subscription === 'string', 'The paid session has no subscription.');
  report.saw('Stripe', `paid with card 4242…; subscription ${subscription}; no webhook is sent`);
  await returnFromCheckout(systems, report, { user, price });
  return subscription;
}

async function returnFromCheckout(
  systems: Systems,
  report: Report,
  { user, price }: { readonly user: TourUser; readonly price: string },
): Promise<void> {
  report.step('Return from Checkout before any webhook arrives');
  const before = await systems.entitlements(user.token);
  expectThat(
    before.status === 'none' && !before.access_granted,
    'The row has changed although no webhook was sent.',
  );
  report.saw('API', `GET /me/entitlements → ${before.status}: no webhook has updated the row`);
  const answer = await systems.post('/me/entitlements/sync', user.token, {});
  expectThat(
    answer['access_granted'] === true && answer['plan'] === price,
    'The sync did not grant access to the subscriber.',
  );
  const { status, access_reason: reason } = answer;
  report.saw(
    'API',
    `POST /me/entitlements/sync → ${String(status)}, access (${String(reason)}), immediately`,
  );
  const { status: rejected, code } = await systems.postRejected('/me/checkout-session', user.token, {
    price: 'pro_yearly',
  });
  expectThat(
    rejected === 409 && code === 'already_subscribed',
    'A subscriber could buy a second subscription.',
  );
  report.saw('API', `POST /me/checkout-session → 409 ${code}: a plan is changed, not bought twice`);
}

interface Subscriber {
  readonly user: TourUser;
  readonly subscriptionId: string;
}

/** The user cancels in the portal while the webhook is lost, and a reconcile run finds and syncs the difference. */
export async function repairLostWebhook(
  systems: Systems,
  report: Report,
  subscriber: Subscriber,
): Promise<void> {
  const { user } = subscriber;
  report.step('Cancel in the billing portal while the webhook is lost');
  const portal = await openPortal(systems, user);
  report.saw('API', 'POST /me/billing-portal-session → the portal of this customer');
  await withoutWebhooks(systems, () => submit(portal, 'cancel', subscriber));
  report.saw('Stripe', 'the user cancels at the end of the period; no event is ever delivered');
  const before = await systems.entitlements(user.token);
  expectThat(before.cancel_at === null, 'The row has changed although no webhook was sent.');
  report.saw('API', 'GET /me/entitlements → unchanged');

  report.step('A reconcile run syncs the row');
  const planned = await systems.reconcile({ dryRun: true });
  expectThat(planned.found > 0 && planned.outcomes['synced'] === 0, 'The dry run does not report the row.');
  report.saw(
    'DynamoDB',
    `npm run reconcile -- --dry-run: checked ${planned.checked}, found ${planned.found}`,
  );
  const repaired = await systems.reconcile();
  const after = await systems.entitlements(user.token);
  expectThat(after.cancel_at !== null, 'The reconcile run did not sync the row.');
  report.saw(
    'DynamoDB',
    `npm run reconcile: synced ${repaired.outcomes['synced']}; the row has cancel_at ${after.cancel_at}`,
  );
  await submit(await openPortal(systems, user), 'keep', subscriber);
  await waitForEntitlement(systems, user, (now) => now.cancel_at === null);
  report.saw('Stripe', 'the user keeps the subscription in the portal, and this time the webhook arrives');
}

async function openPortal(systems: Systems, { token }: TourUser): Promise<string> {
  const { url } = await systems.post('/me/billing-portal-session', token, {});
  const page = await fetch(String(url));
  expectThat(page.status === 200, `The portal answered ${page.status}.`);
  return String(url);
}

/** Submits a form of the portal, as its button does. */
async function submit(portalUrl: string, task: string, { subscriptionId }: Subscriber): Promise<void> {
  const body = new URLSearchParams({ subscription: subscriptionId });
  const answer = await fetch(`${portalUrl}/${task}`, { method: 'POST', body, redirect: 'manual' });
  expectThat(answer.status === 303, `The portal answered ${answer.status} to ${task}.`);
}

/** Pays on the hosted Checkout page, as a person would. */
export async function pay(pageUrl: string): Promise<void> {
  const page = await fetch(pageUrl);
  expectThat(page.status === 200, `The Checkout page answered ${page.status}.`);
  const body = new URLSearchParams({ card: GOOD_CARD });
  const answer = await fetch(pageUrl, { method: 'POST', body, redirect: 'manual' });
  expectThat(answer.status === 303, `Paying at Checkout answered ${answer.status}.`);
}

/** Lets a renewal fail, and then lets its retry succeed. */
export async function failAndRecover(
  systems: Systems,
  report: Report,
  subscriber: Subscriber,
): Promise<void> {
  const { user, subscriptionId } = subscriber;
  report.step('The payment of a renewal fails');
  await useCard(systems, subscriber, 'pm_card_chargeCustomerFail');
  await control(systems, `subscriptions/${subscriptionId}/renew`);
  report.saw('Stripe', 'the period has ended and the new card is declined; the subscription is past_due');
  const overdue = await waitForEntitlement(systems, user, (now) => now.status === 'past_due');
  expectThat(!overdue.access_granted, 'A user with an unpaid renewal still has access.');
  report.saw('API', `GET /me/entitlements → past_due, no access (${overdue.access_reason})`);

  report.step('The payment is retried with a valid card');
  await useCard(systems, subscriber, 'pm_card_visa');
  await control(systems, `subscriptions/${subscriptionId}/retry_payment`);
  report.saw('Stripe', 'the open invoice is paid; the subscription is active');
  const recovered = await waitForEntitlement(systems, user, (now) => now.status === 'active');
  expectThat(recovered.access_granted, 'A user has no access although the renewal is paid.');
  report.saw('API', `GET /me/entitlements → active, access (${recovered.access_reason})`);
}

async function useCard(systems: Systems, subscriber: Subscriber, card: string): Promise<void> {
  const { customerId } = subscriber.user;
  const attached = await systems.stripe.paymentMethods.attach(card, { customer: customerId });
  await systems.stripe.customers.update(customerId, {
    invoice_settings: { default_payment_method: attached.id },
  });
  await systems.stripe.subscriptions.update(subscriber.subscriptionId, {
    default_payment_method: attached.id,
  });
}

/** Makes the simulator do what otherwise only time or Stripe itself can do. */
async function control(systems: Systems, route: string): Promise<void> {
  const response = await fetch(`${systems.stripeUrl}/_simulator/${route}`, { method: 'POST' });
  expectThat(response.ok, `The simulator answered ${response.status} to ${route}.`);
}

/** Waits until the entitlement of the user is as expected, and returns it. */
export function waitForEntitlement(
  systems: Systems,
  user: TourUser,
  isExpected: (answer: EntitlementsResponse) => boolean,
): Promise<EntitlementsResponse> {
  return waitUntil(
    'the webhook updates the entitlement row',
    () => systems.entitlements(user.token),
    isExpected,
  );
}
