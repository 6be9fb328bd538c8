import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { TourFailure, textReport } from '../../local/tour/report.ts';
import { systemsAt, withoutWebhooks } from '../../local/tour/systems.ts';
import { takeTour } from '../../local/tour/tour.ts';

describe.each(['http', 'rest'] as const)('the tour, behind API Gateway of the %s kind', (payload) => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports, payload });
  });
  afterAll(() => cloud.close());

  it('users sign up, subscribe, come back, lose a webhook, fail to pay, recover, are taken in and leave, and all three systems agree at every step', async () => {
    const lines: string[] = [];
    const report = textReport((line) => lines.push(line));
    await takeTour({ environment: cloud.env, confirmationCode: cloud.status.confirmationCode, report });
    const titles = lines.filter((line) => line.startsWith('\n')).map((line) => line.slice(5));
    expect(titles).toEqual([
      'Sign up and confirm',
      'Sign in',
      'Subscribe by Checkout',
      'Back from Checkout, before any webhook',
      'The billing portal, and a webhook that is lost for good',
      'A reconcile heals what the webhook lost',
      'A renewal that cannot be paid',
      'A good card, and the payment is tried again',
      'Somebody who was there before, and a backfill',
      'Both delete their accounts',
      'Nothing is left of them',
      'The old tokens open nothing, and asking again changes nothing',
    ]);
    expect(lines.join('\n')).toContain('the users are gone');
  });

  it('a step that fails leaves the webhooks switched on', async () => {
    const systems = systemsAt(cloud.env);
    const broken = withoutWebhooks(systems, () => Promise.reject(new TourFailure('in the middle')));
    await expect(broken).rejects.toThrow('in the middle');
    const { data } = await systems.stripe.webhookEndpoints.list();
    expect(data.map(({ status }) => status)).toEqual(data.map(() => 'enabled'));
    expect(data.length).toBeGreaterThan(0);
    systems.close();
  });
});
