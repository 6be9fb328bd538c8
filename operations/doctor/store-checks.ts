/** Checks the app stores: the settings of the functions, RevenueCat's key and project, and its webhook with the header. */
import { randomUUID } from 'node:crypto';
import { openRevenueCat } from '../../adapters/revenuecat/access.ts';
import type { RevenueCatClient } from '../../adapters/revenuecat/client.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { cleanText } from '../../core/settings/text.ts';
import { readFlag } from '../../core/settings/values.ts';
import { Fault } from '../../core/system/fault.ts';
import { environmentNames } from '../../infra/functions.ts';
import { MIN_HEADER_LENGTH } from '../webhook/header-steps.ts';
import { secretsIn } from '../webhook/secrets.ts';
import { request } from './edge-checks.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { baseIn, usableSecret } from './settings.ts';
import { environmentOf } from './systems-checks.ts';

const PROJECT = 'REVENUECAT_PROJECT_ID';
const WEBHOOK_PATH = '/revenuecat/webhook';

const storeSettings: Check = {
  name: 'store settings',
  run: async (installation) => {
    const { fixes, isProduction } = installation;
    const readers = [...(await installation.environments())].filter(([name]) =>
      environmentNames[name].includes(PROJECT),
    );
    // The webhook refuses to start without a project. The others take its absence for a stage without app stores.
    const without = readers.flatMap(([name, values]) => (values[PROJECT] ? [] : [name]));
    const tested = readers.filter(([, values]) => isOn(values['ALLOW_SANDBOX_PURCHASES']));
    return [
      ...(without.length === 0 || without.length === readers.length
        ? []
        : [
            {
              what: `${PROJECT} is missing in ${without.join(', ')}, so purchases in app stores do not count there`,
              fix: fixes.repair,
            },
          ]),
      ...(isProduction && tested.length > 0
        ? [
            {
              what: 'ALLOW_SANDBOX_PURCHASES is true, so anyone with a test account of a store gets access without paying',
              fix: fixes.configure,
            },
          ]
        : []),
    ];
  },
};

function isOn(text: string | undefined): boolean {
  const reading = readFlag(cleanText(text ?? ''));
  return 'value' in reading && reading.value;
}

const revenueCatKey: Check = {
  name: 'revenuecat key',
  run: async (installation) => {
    const values = await environmentOf(installation, 'revenuecat-webhook');
    // The variables check reports a missing function or variable.
    const hasKey = values?.['REVENUECAT_API_KEY'] || values?.['REVENUECAT_API_KEY_SECRET_ARN'];
    if (values === undefined || !values[PROJECT] || !hasKey) return [];
    const { createKey, setKey } = installation.fixes.stores;
    const text = await installation.secret(values, 'REVENUECAT_API_KEY');
    if (text === undefined || text === '') {
      return [{ what: 'the RevenueCat API key is missing', fix: text === '' ? setKey : createKey }];
    }
    // The variables check reports a key of another kind.
    const key = await usableSecret(installation, values, 'REVENUECAT_API_KEY');
    if (key === undefined) return [];
    return keyProblems(installation, clientWith(key, values), values[PROJECT]);
  },
};

function clientWith(key: string, values: Environment): RevenueCatClient {
  const { client } = openRevenueCat({
    config: {
      projectId: values[PROJECT] ?? '',
      apiKey: { kind: 'value', value: key },
      base: baseIn(values, 'REVENUECAT_API_BASE'),
      allowSandbox: false,
    },
    secret: { fetch: async () => key },
    clock,
    limits: { timeoutMs: 10_000, maxWaitMs: 5_000 },
  });
  return client;
}

async function keyProblems(
  { fixes }: Installation,
  client: RevenueCatClient,
  projectId: string,
): Promise<readonly Problem[]> {
  const { setKey, widenKey } = fixes.stores;
  const customers = await statusOf(client, '/customers?limit=1');
  if (customers === 401) {
    const what = 'RevenueCat rejects the API key: it was revoked, or it is a key of API v1';
    return [{ what, fix: setKey }];
  }
  if (customers === 404) {
    const what = `RevenueCat knows no project ${projectId} for this API key: the id is wrong, or the key is another project's`;
    return [{ what, fix: fixes.configure }];
  }
  // A customer that does not exist: a key with the permission gets 404, and no data is read.
  const customer = `/customers/doctor-${randomUUID()}`;
  const others = {
    subscriptions: `${customer}/subscriptions?limit=1`,
    purchases: `${customer}/purchases?limit=1`,
  };
  const reads = { ...others, products: '/products?limit=1' };
  const found = await Promise.all(
    Object.entries(reads).map(async ([what, path]) => ({ what, status: await statusOf(client, path) })),
  );
  const forbidden = [{ what: 'customers', status: customers }, ...found]
    .filter(({ status }) => status === 403)
    .map(({ what }) => what);
  if (forbidden.length === 0) return [];
  const what = `the RevenueCat API key has no permission to read ${forbidden.join(', ')} in the project ${projectId}`;
  return [{ what, fix: widenKey }];
}

/** Returns the status of an answer that says something about the key. Throws if RevenueCat does not answer. */
async function statusOf(client: RevenueCatClient, path: string): Promise<200 | 401 | 403 | 404> {
  try {
    return (await client.get('check the key', path)) === 'missing' ? 404 : 200;
  } catch (cause) {
    const status = cause instanceof Fault ? cause.details.statusCode : undefined;
    if (status === 401 || status === 403) return status;
    throw cause;
  }
}

const revenueCatWebhook: Check = {
  name: 'revenuecat webhook',
  run: async (installation) => {
    const values = await environmentOf(installation, 'revenuecat-webhook');
    if (values === undefined) return [];
    const { fixes } = installation;
    const url = `${await installation.apiUrl()}${WEBHOOK_PATH}`;
    const { status, code } = await request(url, { method: 'POST', body: '{}' });
    if (status === 401 && code === 'unauthorized') return headerProblems(installation, values, url);
    if (code === undefined && (status === 401 || status === 403)) {
      const what = `POST ${WEBHOOK_PATH} has an authorizer, so RevenueCat cannot reach the webhook`;
      return [{ what, fix: fixes.repair }];
    }
    const what = `POST ${WEBHOOK_PATH} returns ${status} instead of 401 for a delivery without the shared header`;
    if (code === 'misconfigured') return [{ what, fix: fixes.configure }];
    return [{ what, fix: code === undefined ? fixes.repair : fixes.log('revenuecat-webhook') }];
  },
};

async function headerProblems(
  installation: Installation,
  values: Environment,
  url: string,
): Promise<readonly Problem[]> {
  const { fixes } = installation;
  const { registerWebhook, rollHeader, finishRoll } = fixes.stores;
  if (!(await installation.secret(values, 'REVENUECAT_WEBHOOK_SECRET')))
    return [{ what: 'the header value of the RevenueCat webhook is missing', fix: registerWebhook }];
  const stored = secretsIn(await usableSecret(installation, values, 'REVENUECAT_WEBHOOK_SECRET'));
  const [newest] = stored;
  if (newest === undefined) return [];
  const weak = stored.filter(({ length }) => length < MIN_HEADER_LENGTH);
  return [
    ...(weak.length === 0
      ? []
      : [
          {
            what: `a header value of the RevenueCat webhook has fewer than ${MIN_HEADER_LENGTH} characters, so it can be guessed`,
            fix: rollHeader,
          },
        ]),
    ...(stored.length === 1
      ? []
      : [
          {
            what: `the RevenueCat webhook accepts ${stored.length} header values: a rotation is not finished`,
            fix: finishRoll,
          },
        ]),
    ...(await deliveryProblems(installation, url, newest)),
  ];
}

/** Sends the test event of RevenueCat's dashboard, which has no effect. */
async function deliveryProblems(
  { fixes }: Installation,
  url: string,
  header: string,
): Promise<readonly Problem[]> {
  const event = { id: `doctor-${randomUUID()}`, type: 'TEST' };
  const { status } = await request(url, {
    method: 'POST',
    headers: { authorization: header, 'content-type': 'application/json' },
    body: JSON.stringify({ api_version: '1.0', event }),
  });
  if (status === 200) return [];
  if (status === 401) {
    const what = 'the RevenueCat webhook rejects the stored header value: it still has another one';
    return [{ what, fix: fixes.awaitSecret }];
  }
  const what = `the RevenueCat webhook returns ${status} instead of 200 for a test event`;
  return [{ what, fix: fixes.log('revenuecat-webhook') }];
}

/** The checks of an installation whose apps sell in app stores. */
export const storeChecks: readonly Check[] = [storeSettings, revenueCatKey, revenueCatWebhook];
