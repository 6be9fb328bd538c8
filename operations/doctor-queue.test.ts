/** The doctor of an installation with a queue between the webhook of Stripe and its worker. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../local/cloud/cloud.ts';
import { webhook } from './doctor/edge-checks.ts';
import { examine } from './doctor/finding.ts';
import type { Installation } from './doctor/installation.ts';
import { localInstallation } from './doctor/local.ts';
import { endpoint } from './doctor/stripe-checks.ts';
import { variables } from './doctor/systems-checks.ts';

let cloud: LocalCloud;
beforeAll(async () => {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  cloud = await createLocalCloud({ ephemeral: true, queue: true, ports });
}, 60_000);
afterAll(() => cloud.close());

/** Returns the problems, where the worker knows no secret of the webhook, as in AWS. */
async function problemsWith(changes: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const local = localInstallation({ ...cloud.env, ...changes });
  const installation: Installation = {
    ...local,
    environments: async () => {
      const all = new Map(await local.environments());
      all.set('stripe-webhook', { ...all.get('stripe-webhook'), STRIPE_WEBHOOK_SECRET: '' });
      return all;
    },
  };
  const findings = await examine(installation, [variables, webhook, endpoint]);
  return findings.flatMap(({ check, problems }) => problems.map(({ what }) => `${check}: ${what}`));
}

describe('The doctor of an installation with a queue', () => {
  it('finds nothing wrong if only the function in front of it knows the secret of the webhook', async () => {
    expect(await problemsWith()).toEqual([]);
  });

  it('reports a secret that is not the one of the endpoint', async () => {
    const problems = await problemsWith({ STRIPE_WEBHOOK_SECRET: 'whsec_another' });
    expect(problems.join('\n')).toContain('the webhook rejects deliveries signed with the stored secret');
  });

  it('reports an address of the queue that is none, by the function that needs it', async () => {
    const problems = await problemsWith({ STRIPE_EVENT_QUEUE_URL: 'https://example.com/queue' });
    expect(problems.join('\n')).toMatch(
      /STRIPE_EVENT_QUEUE_URL is no address of a FIFO queue.*\(stripe-webhook-intake\)/,
    );
  });
});
