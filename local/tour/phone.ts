/** The steps of a user who pays on the phone: buy in the App Store, try to pay on the web too, and delete the account. */
import { signUp } from './account.ts';
import { expectThat, type Report } from './report.ts';
import { type Systems, waitUntil } from './systems.ts';

export async function payOnPhone(systems: Systems, report: Report, code: string): Promise<void> {
  const user = await signUp(systems, report, code);
  report.step('Buy on the iPhone');
  const bought = await systems.store.purchase(user.sub, 'monthly_pro');
  report.saw(
    'RevenueCat',
    `subscription ${bought.id} in the App Store; the webhook says that something changed`,
  );
  const granted = await waitUntil(
    'the webhook of RevenueCat lets the user in',
    () => systems.entitlements(user.token),
    ({ access_granted }) => access_granted,
  );
  expectThat(
    granted.source === 'app_store' && granted.plan === 'monthly_pro',
    'The answer names another payer.',
  );
  report.saw('API', `GET /me/entitlements → ${granted.status}, access, source ${granted.source}`);

  report.step('Try to pay on the web too');
  const rejected = await systems.postRejected('/me/checkout-session', user.token, { price: 'pro_monthly' });
  expectThat(
    rejected['status'] === 409 && rejected['source'] === 'app_store',
    'A user who pays in the App Store could pay in Stripe too.',
  );
  report.saw(
    'API',
    `POST /me/checkout-session → 409 ${String(rejected['code'])}: ${String(rejected['manage_url'])}`,
  );

  report.step('Delete the account of a user who pays in the App Store');
  const { status, body } = await systems.deleteAccount(user.token);
  expectThat(status === 200, `DELETE /me/account answered ${status}.`);
  const [continues] = (body['billing_continues'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  expectThat(
    continues?.['source'] === 'app_store',
    'The answer does not say that the App Store goes on billing.',
  );
  report.saw(
    'API',
    `DELETE /me/account → 200; billing continues in the App Store until the user ends it there`,
  );
  expectThat(!(await systems.store.knows(user.sub)), 'RevenueCat still has the customer.');
  report.saw('RevenueCat', 'the customer is deleted');
}
