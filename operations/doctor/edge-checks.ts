/** Checks the public side: the API and its authorizer, the webhook and its secret, and the clock. */
import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import type { Environment } from '../../adapters/system/environment.ts';
import { type FunctionSpec, functionSpecs, type HttpRoute } from '../../contract/functions.ts';
import { secretsIn } from '../webhook/secrets.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { baseIn, usableSecret } from './settings.ts';
import { environmentOf, webhookFunctionOf } from './systems-checks.ts';

const WEBHOOK_PATH = '/stripe/webhook';
const MAX_CLOCK_SKEW_SECONDS = 60;

const routes: readonly HttpRoute[] = Object.values<FunctionSpec>(functionSpecs).flatMap(
  ({ routes = [] }) => routes,
);

interface ApiResponse {
  readonly status: number;
  /** The code of a problem document. API Gateway's own responses have none. */
  readonly code: unknown;
  readonly dateMs: number;
}

export async function request(url: string, init: RequestInit): Promise<ApiResponse> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(15_000), ...init });
  const body: unknown = await response.json().catch(() => null);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return { status: response.status, code, dateMs: Date.parse(response.headers.get('date') ?? '') };
}

export const authorizer: Check = {
  name: 'authorizer',
  run: async (installation) => {
    const api = await installation.apiUrl();
    const fix = installation.fixes.repair;
    const guarded = routes.filter((route) => route.authorizer === 'cognito');
    const found = await Promise.all(
      guarded.map(async ({ method, path }): Promise<readonly Problem[]> => {
        const { status, code } = await request(`${api}${path}`, { method });
        const route = `${method} ${path}`;
        // A code in the response means that the request reached the function, which rejected it itself.
        if (code !== undefined)
          return [{ what: `${route} has no authorizer, so anyone can reach the function`, fix }];
        if (status === 401) return [];
        return [{ what: `${route} returns ${status} instead of 401 for a request without a token`, fix }];
      }),
    );
    return found.flat();
  },
};

export const webhook: Check = {
  name: 'webhook',
  run: async (installation) => {
    const name = webhookFunctionOf(installation);
    const values = await environmentOf(installation, name);
    if (values === undefined) return [];
    const url = `${await installation.apiUrl()}${WEBHOOK_PATH}`;
    const { fixes } = installation;
    const { status, code } = await request(url, { method: 'POST', body: '{}' });
    if (status === 400 && code === 'invalid_signature')
      return signedDeliveryProblems(installation, values, url);
    if (code === undefined && (status === 401 || status === 403)) {
      return [
        {
          what: `POST ${WEBHOOK_PATH} has an authorizer, so Stripe cannot reach the webhook`,
          fix: fixes.repair,
        },
      ];
    }
    const what = `POST ${WEBHOOK_PATH} returns ${status} instead of 400 for a delivery without a signature`;
    if (code === 'misconfigured') return [{ what, fix: fixes.configure }];
    // With a code, the request reached the function, and its log shows the reason.
    return [{ what, fix: code === undefined ? fixes.repair : fixes.log(name) }];
  },
};

/** Sends a signed delivery that has no effect, and returns the problems of the webhook and its secret. */
async function signedDeliveryProblems(
  installation: Installation,
  values: Environment,
  url: string,
): Promise<readonly Problem[]> {
  const { fixes } = installation;
  const { registerWebhook, awaitSecret } = fixes;
  if (!(await installation.secret(values, 'STRIPE_WEBHOOK_SECRET')))
    return [{ what: 'the webhook secret is missing', fix: registerWebhook }];
  // The variables check reports a value of another kind.
  const [secret] = secretsIn(await usableSecret(installation, values, 'STRIPE_WEBHOOK_SECRET'));
  if (secret === undefined) return [];
  const created = Math.floor(Date.now() / 1_000);
  const event = {
    id: `evt_doctor${randomUUID().slice(0, 8)}`,
    object: 'event',
    type: 'predixa.doctor',
    created,
  };
  const payload = JSON.stringify({ ...event, livemode: false, data: { object: {} } });
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const { status } = await request(url, {
    method: 'POST',
    headers: { 'stripe-signature': header },
    body: payload,
  });
  if (status === 200) return [];
  if (status === 400) {
    const what =
      'the webhook rejects deliveries signed with the stored secret: it still has another secret, or its clock is wrong';
    return [{ what, fix: awaitSecret }];
  }
  return [
    {
      what: `the webhook returns ${status} instead of 200 for a signed delivery`,
      fix: fixes.log(webhookFunctionOf(installation)),
    },
  ];
}

export const clock: Check = {
  name: 'clock',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    const stripeUrl = baseIn(values ?? {}, 'STRIPE_API_BASE')?.href ?? 'https://api.stripe.com';
    const hosts = [
      ['the API', await installation.apiUrl()],
      ['Stripe', stripeUrl],
    ] as const;
    const found = await Promise.all(
      hosts.map(async ([name, url]) => {
        const { dateMs } = await request(url, { method: 'GET' });
        if (Number.isNaN(dateMs)) throw new Error(`the response of ${name} has no Date header`);
        const offSeconds = Math.round(Math.abs(Date.now() - dateMs) / 1_000);
        if (offSeconds <= MAX_CLOCK_SKEW_SECONDS) return [];
        const what = `the clocks of this machine and ${name} differ by ${offSeconds} s; signatures expire after 300 s`;
        return [{ what, fix: `set this machine’s clock: ${clockCommand()}` }];
      }),
    );
    return found.flat();
  },
};

function clockCommand(): string {
  switch (process.platform) {
    case 'darwin':
      return 'sudo sntp -sS time.apple.com';
    case 'win32':
      return 'w32tm /resync';
    default:
      return 'sudo timedatectl set-ntp true';
  }
}
