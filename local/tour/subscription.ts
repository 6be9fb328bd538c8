/** The tour's steps on the subscription: pay at Checkout, fail a renewal, recover. */
import type { EntitlementsAnswer } from '../../contract/entitlements.ts';
import type { Traveller } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, until } from './systems.ts';

const GOOD_CARD = '4242424242424242';

/** Answers the subscription's id. */
export async function subscribe(systems: Systems, report: Report, traveller: Traveller): Promise<string> {
  report.step('Subscribe by Checkout');
  const { data: prices } = await systems.stripe.prices.list({ lookup_keys: ['pro_monthly'], active: true });
  const price = prices[0]?.id;
  expectThat(price !== undefined, 'The demo price pro_monthly is not there.');
  const session = await systems.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: traveller.customerId,
    client_reference_id: traveller.sub,
    line_items: [{ price, quantity: 1 }],
    subscription_data: { metadata: { cognito_sub: traveller.sub } },
    success_url: 'http://127.0.0.1/welcome?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1/pricing',
  });
  report.saw('Stripe', `Checkout session ${session.id.slice(0, 20)}… is open`);
  await pay(session.url ?? '');
  const { subscription } = await systems.stripe.checkout.sessions.retrieve(session.id);
  expectThat(typeof subscription === 'string', 'The paid session names no subscription.');
  report.saw('Stripe', `paid with card 4242…; subscription ${subscription} is active; signed webhooks leave`);
  const answer = await entitled(systems, traveller, (now) => now.status === 'active');
  expectThat(answer.access_granted && answer.plan === price, 'The subscriber is not let in.');
  report.saw('API', `GET /me/entitlements → active, plan ${answer.plan}, access (${answer.access_reason})`);
  return subscription;
}

/** Fills in the hosted page’s form, as a person would. */
async function pay(pageUrl: string): Promise<void> {
  const page = await fetch(pageUrl);
  expectThat(page.status === 200, `The Checkout page answered ${page.status}.`);
  const body = new URLSearchParams({ card: GOOD_CARD });
  const answer = await fetch(pageUrl, { method: 'POST', body, redirect: 'manual' });
  expectThat(answer.status === 303, `Paying at Checkout answered ${answer.status}.`);
}

export async function failAndRecover(
  systems: Systems,
  report: Report,
  bought: { readonly traveller: Traveller; readonly subscriptionId: string },
): Promise<void> {
  const { traveller, subscriptionId } = bought;
  report.step('A renewal that cannot be paid');
  await useCard(systems, bought, 'pm_card_chargeCustomerFail');
  await control(systems, `subscriptions/${subscriptionId}/renew`);
  report.saw('Stripe', 'the period ended, the new card was declined; the subscription is past_due');
  const late = await entitled(systems, traveller, (now) => now.status === 'past_due');
  expectThat(!late.access_granted, 'Who has not paid is still let in.');
  report.saw('API', `GET /me/entitlements → past_due, no access (${late.access_reason})`);

  report.step('A good card, and the payment is tried again');
  await useCard(systems, bought, 'pm_card_visa');
  await control(systems, `subscriptions/${subscriptionId}/retry_payment`);
  report.saw('Stripe', 'the open invoice is paid; the subscription is active');
  const back = await entitled(systems, traveller, (now) => now.status === 'active');
  expectThat(back.access_granted, 'Who has paid is locked out.');
  report.saw('API', `GET /me/entitlements → active, access (${back.access_reason})`);
}

async function useCard(
  systems: Systems,
  bought: { readonly traveller: Traveller; readonly subscriptionId: string },
  card: string,
): Promise<void> {
  const { customerId } = bought.traveller;
  const attached = await systems.stripe.paymentMethods.attach(card, { customer: customerId });
  await systems.stripe.customers.update(customerId, {
    invoice_settings: { default_payment_method: attached.id },
  });
  await systems.stripe.subscriptions.update(bought.subscriptionId, { default_payment_method: attached.id });
}

/** What only time or Stripe itself could do. */
async function control(systems: Systems, route: string): Promise<void> {
  const response = await fetch(`${systems.stripeUrl}/_simulator/${route}`, { method: 'POST' });
  expectThat(response.ok, `The simulator answered ${response.status} to ${route}.`);
}

function entitled(
  systems: Systems,
  traveller: Traveller,
  hoped: (answer: EntitlementsAnswer) => boolean,
): Promise<EntitlementsAnswer> {
  return until(
    'the webhook to reach the entitlement row',
    () => systems.entitlements(traveller.token),
    hoped,
  );
}
