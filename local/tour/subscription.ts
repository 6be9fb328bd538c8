/**
 * The tour's steps on the subscription: pay at Checkout, come back, manage it, lose a webhook, fail a renewal, recover.
 */
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { Traveller } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, until, withoutWebhooks } from './systems.ts';

const GOOD_CARD = '4242424242424242';

/** Answers the subscription's id. */
export async function subscribe(systems: Systems, report: Report, traveller: Traveller): Promise<string> {
  report.step('Subscribe by Checkout');
  const { data: prices } = await systems.stripe.prices.list({ lookup_keys: ['pro_monthly'], active: true });
  const price = prices[0]?.id;
  expectThat(price !== undefined, 'The demo price pro_monthly is not there.');
  const opened = await systems.post('/me/checkout-session', traveller.token, { price: 'pro_monthly' });
  const id = String(opened['id']);
  report.saw('API', `POST /me/checkout-session → session ${id.slice(0, 20)}…`);
  const again = await systems.post('/me/checkout-session', traveller.token, { price: 'pro_monthly' });
  expectThat(again['id'] === id, 'A second click opened a second session.');
  report.saw('API', 'asked again → the same session: nobody pays twice');
  await withoutWebhooks(systems, () => pay(String(opened['url'])));
  const { subscription } = await systems.stripe.checkout.sessions.retrieve(id);
  expectThat(typeof subscription === 'string', 'The paid session names no subscription.');
  report.saw('Stripe', `paid with card 4242…; subscription ${subscription}; no webhook comes`);
  await comeBack(systems, report, { traveller, price });
  return subscription;
}

async function comeBack(
  systems: Systems,
  report: Report,
  { traveller, price }: { readonly traveller: Traveller; readonly price: string },
): Promise<void> {
  report.step('Back from Checkout, before any webhook');
  const { status: known, access_granted: letIn } = await systems.entitlements(traveller.token);
  expectThat(known === 'none' && !letIn, 'The row knows what nobody told it.');
  report.saw('API', `GET /me/entitlements → ${known}: nobody has told the row`);
  const answer = await systems.post('/me/entitlements/sync', traveller.token, {});
  expectThat(answer['access_granted'] === true && answer['plan'] === price, 'The subscriber is not let in.');
  const { status, access_reason: reason } = answer;
  report.saw('API', `POST /me/entitlements/sync → ${String(status)}, access (${String(reason)}), at once`);
  const { status: refused, code } = await systems.refused('/me/checkout-session', traveller.token, {
    price: 'pro_yearly',
  });
  expectThat(refused === 409 && code === 'already_subscribed', 'A subscriber could subscribe again.');
  report.saw('API', `POST /me/checkout-session → 409 ${code}: the portal is the place`);
}

interface Bought {
  readonly traveller: Traveller;
  readonly subscriptionId: string;
}

/** In the portal the user cancels; what the webhook should have told, a reconcile finds. */
export async function healLostWebhook(systems: Systems, report: Report, bought: Bought): Promise<void> {
  const { traveller } = bought;
  report.step('The billing portal, and a webhook that is lost for good');
  const portal = await openPortal(systems, traveller);
  report.saw('API', 'POST /me/billing-portal-session → the portal of this customer');
  await withoutWebhooks(systems, () => submit(portal, 'cancel', bought));
  report.saw('Stripe', 'the user cancels there, for the end of the period; no event ever tells of it');
  const before = await systems.entitlements(traveller.token);
  expectThat(before.cancel_at === null, 'The row knows what nobody told it.');
  report.saw('API', 'GET /me/entitlements → goes on as before');

  report.step('A reconcile heals what the webhook lost');
  const planned = await systems.reconcile({ dryRun: true });
  expectThat(planned.found > 0 && planned.outcomes['synced'] === 0, 'The dry run does not report the row.');
  report.saw(
    'DynamoDB',
    `npm run reconcile -- --dry-run: checked ${planned.checked}, found ${planned.found}`,
  );
  const repaired = await systems.reconcile();
  const after = await systems.entitlements(traveller.token);
  expectThat(after.cancel_at !== null, 'The reconcile did not sync the row.');
  report.saw(
    'DynamoDB',
    `npm run reconcile: synced ${repaired.outcomes['synced']}; the row says cancel_at ${after.cancel_at}`,
  );
  await submit(await openPortal(systems, traveller), 'keep', bought);
  await entitled(systems, traveller, (now) => now.cancel_at === null);
  report.saw('Stripe', 'undone in the portal, and this time the webhook arrives');
}

async function openPortal(systems: Systems, { token }: Traveller): Promise<string> {
  const { url } = await systems.post('/me/billing-portal-session', token, {});
  const page = await fetch(String(url));
  expectThat(page.status === 200, `The portal answered ${page.status}.`);
  return String(url);
}

/** As the button of that name does. */
async function submit(portalUrl: string, task: string, { subscriptionId }: Bought): Promise<void> {
  const body = new URLSearchParams({ subscription: subscriptionId });
  const answer = await fetch(`${portalUrl}/${task}`, { method: 'POST', body, redirect: 'manual' });
  expectThat(answer.status === 303, `The portal answered ${answer.status} to ${task}.`);
}

/** Fills in the hosted page’s form, as a person would. */
async function pay(pageUrl: string): Promise<void> {
  const page = await fetch(pageUrl);
  expectThat(page.status === 200, `The Checkout page answered ${page.status}.`);
  const body = new URLSearchParams({ card: GOOD_CARD });
  const answer = await fetch(pageUrl, { method: 'POST', body, redirect: 'manual' });
  expectThat(answer.status === 303, `Paying at Checkout answered ${answer.status}.`);
}

export async function failAndRecover(systems: Systems, report: Report, bought: Bought): Promise<void> {
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

async function useCard(systems: Systems, bought: Bought, card: string): Promise<void> {
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
  hoped: (answer: EntitlementsResponse) => boolean,
): Promise<EntitlementsResponse> {
  return until(
    'the webhook to reach the entitlement row',
    () => systems.entitlements(traveller.token),
    hoped,
  );
}
