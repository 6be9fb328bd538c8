/** Checks of what the outside meets: the API and its authorizer, the webhook and its secret, the clock. */
import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import { type FunctionSpec, functionSpecs, type HttpRoute } from '../../contract/functions.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { environmentOf } from './systems-checks.ts';

const WEBHOOK_PATH = '/stripe/webhook';
const CLOCK_MAY_DIFFER_SECONDS = 60;

const routes: readonly HttpRoute[] = Object.values<FunctionSpec>(functionSpecs).flatMap(
  ({ routes = [] }) => routes,
);

interface Answer {
  readonly status: number;
  /** Of our own problem documents; API Gateway's answers have none. */
  readonly code: unknown;
  readonly dateMs: number;
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(15_000), ...init });
  const body: unknown = await response.json().catch(() => null);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return { status: response.status, code, dateMs: Date.parse(response.headers.get('date') ?? '') };
}

export const authorizer: Check = {
  name: 'authorizer',
  run: async (installation) => {
    const api = await installation.apiUrl();
    const mend = installation.mends.deploy;
    const guarded = routes.filter((route) => route.authorizer === 'cognito');
    const found = await Promise.all(
      guarded.map(async ({ method, path }): Promise<readonly Problem[]> => {
        const { status, code } = await ask(`${api}${path}`, { method });
        const route = `${method} ${path}`;
        // Our own code in the answer: the request came through to the function, which refused it itself.
        if (code !== undefined)
          return [{ what: `${route} has no authorizer: anyone reaches the function`, mend }];
        if (status === 401) return [];
        return [{ what: `${route} answers ${status} without a token, and not 401`, mend }];
      }),
    );
    return found.flat();
  },
};

export const webhook: Check = {
  name: 'webhook',
  run: async (installation) => {
    const url = `${await installation.apiUrl()}${WEBHOOK_PATH}`;
    const { deploy, configure } = installation.mends;
    const { status, code } = await ask(url, { method: 'POST', body: '{}' });
    if (status === 400 && code === 'invalid_signature') return signed(installation, url);
    if (status === 401 || status === 403) {
      return [{ what: `POST ${WEBHOOK_PATH} has an authorizer: Stripe cannot get through`, mend: deploy }];
    }
    const what = `POST ${WEBHOOK_PATH} answers ${status} to a delivery without a signature, and not 400`;
    return [{ what, mend: code === 'misconfigured' ? configure : deploy }];
  },
};

/** A delivery that needs nothing, signed as Stripe would. */
async function signed(installation: Installation, url: string): Promise<readonly Problem[]> {
  const values = await environmentOf(installation, 'stripe-webhook');
  const stored = await installation.secret(values, 'STRIPE_WEBHOOK_SECRET');
  const [secret = ''] = (stored ?? '').split(',').map((one) => one.trim());
  const mend = installation.mends.registerWebhook;
  if (secret === '') return [{ what: 'there is no webhook secret', mend }];
  if (!secret.startsWith('whsec_'))
    return [{ what: 'the webhook secret is none of Stripe’s: they begin whsec_', mend }];
  const created = Math.floor(Date.now() / 1_000);
  const event = {
    id: `evt_doctor${randomUUID().slice(0, 8)}`,
    object: 'event',
    type: 'predixa.doctor',
    created,
  };
  const payload = JSON.stringify({ ...event, livemode: false, data: { object: {} } });
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const { status } = await ask(url, {
    method: 'POST',
    headers: { 'stripe-signature': header },
    body: payload,
  });
  if (status === 200) return [];
  const what =
    status === 400
      ? 'the webhook refuses what is signed with the stored secret: it has another one, or its clock is wrong'
      : `the webhook answers ${status} to a signed delivery`;
  return [{ what, mend: installation.mends.rollWebhook }];
}

export const clock: Check = {
  name: 'clock',
  run: async (installation) => {
    const values = await environmentOf(installation, 'reconcile');
    const stripeUrl = values['STRIPE_API_BASE'] ?? 'https://api.stripe.com';
    const asked = [
      ['the API', await installation.apiUrl()],
      ['Stripe', stripeUrl],
    ] as const;
    const found = await Promise.all(
      asked.map(async ([name, url]) => {
        const { dateMs } = await ask(url, { method: 'GET' });
        const offSeconds = Math.round(Math.abs(Date.now() - dateMs) / 1_000);
        if (Number.isNaN(dateMs) || offSeconds <= CLOCK_MAY_DIFFER_SECONDS) return [];
        const what = `the clocks of this machine and of ${name} are ${offSeconds} s apart; signatures hold for 300`;
        return [{ what, mend: 'set this machine’s clock: sudo timedatectl set-ntp true' }];
      }),
    );
    return found.flat();
  },
};
