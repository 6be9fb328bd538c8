import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { TourFailure, textReport } from '../../local/tour/report.ts';
import { systemsAt, withoutWebhooks } from '../../local/tour/systems.ts';
import { takeTour } from '../../local/tour/tour.ts';
import { recordAnswers } from '../support/recorded-answers.ts';

describe.each(['http', 'rest'] as const)('The tour on an API Gateway of kind %s', (payload) => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports, payload });
  });
  afterAll(() => cloud.close());

  it('takes users from sign-up through every billing step to deletion, and all three systems agree at each step', async () => {
    const lines: string[] = [];
    const report = textReport((line) => lines.push(line));
    const answers = recordAnswers(cloud.status.urls.api);
    try {
      await takeTour({ environment: cloud.env, confirmationCode: cloud.status.confirmationCode, report });
    } finally {
      answers.stop();
    }
    expect(await answers.violations()).toEqual([]);
    expect([...answers.calls()].sort()).toEqual([
      'DELETE /me/account 200',
      'GET /me/entitlements 200',
      'GET /me/prices 200',
      'POST /me/billing-portal-session 200',
      'POST /me/checkout-session 200',
      'POST /me/checkout-session 409',
      'POST /me/checkout-session 410',
      'POST /me/entitlements/sync 200',
      'POST /me/subscription 200',
      'POST /me/subscription/preview 200',
    ]);
    const titles = lines.filter((line) => line.startsWith('\n')).map((line) => line.slice(5));
    expect(titles).toEqual([
      'Sign up and confirm',
      'Sign in',
      'Subscribe at Checkout',
      'Return from Checkout before any webhook arrives',
      'Cancel in the billing portal while the webhook is lost',
      'A reconcile run syncs the row',
      'The payment of a renewal fails',
      'The payment is retried with a valid card',
      'Look at the prices, and upgrade at once, with tax',
      'Downgrade with the next period',
      'Buy something once, next to the subscription',
      'Sign up and confirm',
      'Sign in',
      'Buy on the iPhone',
      'Try to pay on the web too',
      'Delete the account of a user who pays in the App Store',
      'A backfill imports an existing user',
      'Both users delete their accounts',
      'No system has data of the users',
      'The old tokens grant no access, and a second deletion changes nothing',
    ]);
    expect(lines.join('\n')).toContain('the users are deleted');
  });

  it('rejects what it does not know as the OpenAPI document says, in the gateway and in the functions', async () => {
    const { api } = cloud.status.urls;
    const answers = recordAnswers(api);
    try {
      for (const [method, path] of [
        ['GET', '/me/entitlements'],
        ['POST', '/me/entitlements/sync'],
        ['POST', '/me/checkout-session'],
        ['POST', '/me/billing-portal-session'],
        ['DELETE', '/me/account'],
      ] as const) {
        for (const authorization of [undefined, 'Bearer nonsense']) {
          await fetch(`${api}${path}`, {
            method,
            headers: authorization === undefined ? {} : { authorization },
          });
        }
      }
      await fetch(`${api}/stripe/webhook`, { method: 'POST', body: '{}' });
      await fetch(`${api}/revenuecat/webhook`, { method: 'POST', body: '{}' });
    } finally {
      answers.stop();
    }
    expect(await answers.violations()).toEqual([]);
    expect([...answers.calls()].sort()).toEqual([
      'DELETE /me/account 401',
      'GET /me/entitlements 401',
      'POST /me/billing-portal-session 401',
      'POST /me/checkout-session 401',
      'POST /me/entitlements/sync 401',
      'POST /revenuecat/webhook 401',
      'POST /stripe/webhook 400',
    ]);
  });

  it('leaves the webhook endpoints enabled when a step fails', async () => {
    const systems = systemsAt(cloud.env);
    const broken = withoutWebhooks(systems, () => Promise.reject(new TourFailure('in the middle')));
    await expect(broken).rejects.toThrow('in the middle');
    const { data } = await systems.stripe.webhookEndpoints.list();
    expect(data.map(({ status }) => status)).toEqual(data.map(() => 'enabled'));
    expect(data.length).toBeGreaterThan(0);
    systems.close();
  });
});
