import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../local/cloud/cloud.ts';
import { type Front, type FrontRules, inFront as frontOf } from '../tests/support/in-front.ts';
import {
  createRevenueCatStub,
  type RevenueCatStub,
  STORE_KEY,
  STORE_PROJECT,
  serveRevenueCat,
} from '../tests/support/revenuecat-stub.ts';
import { scriptRunner } from '../tests/support/run-script.ts';
import { examine } from './doctor/finding.ts';
import type { Installation } from './doctor/installation.ts';
import { localInstallation } from './doctor/local.ts';
import { storeChecks } from './doctor/store-checks.ts';
import { variables } from './doctor/systems-checks.ts';

const HEADER = 'a-header-value-of-a-test';

let stub: RevenueCatStub;
let revenueCat: Awaited<ReturnType<typeof serveRevenueCat>>;
let cloud: LocalCloud;
let env: Record<string, string>;
beforeAll(async () => {
  stub = createRevenueCatStub();
  revenueCat = await serveRevenueCat(stub);
  const functionEnvironment = {
    REVENUECAT_PROJECT_ID: STORE_PROJECT,
    REVENUECAT_API_KEY: STORE_KEY,
    REVENUECAT_API_BASE: revenueCat.url,
    REVENUECAT_WEBHOOK_SECRET: HEADER,
  };
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0 };
  cloud = await createLocalCloud({ ephemeral: true, ports, functionEnvironment });
  env = { ...cloud.env, ...functionEnvironment };
}, 60_000);
afterAll(async () => {
  await cloud.close();
  await revenueCat.close();
});

const fronts: Front[] = [];
afterEach(() => {
  stub.calm();
  for (const front of fronts.splice(0)) front.close();
});

async function inFront(of: string, rules: FrontRules): Promise<string> {
  const front = await frontOf(of, rules);
  fronts.push(front);
  return front.url;
}

const wantsKey =
  'store a secret key of RevenueCat’s API v2 (sk_…) (revenuecat-webhook, delete-user, checkout, reconcile)';
const again = 'run npm start, then run the doctor again in a new terminal';
const log = 'see the function’s log lines in the terminal of npm start';

async function problemsOf(
  changes: Readonly<Record<string, string>>,
  more: Partial<Installation> = {},
): Promise<readonly (readonly [string, string])[]> {
  const installation = { ...localInstallation({ ...env, ...changes }), ...more };
  const findings = await examine(installation, [variables, ...storeChecks]);
  return findings.flatMap(({ check, problems }) =>
    problems.map(({ what, fix }) => [`${check}: ${what}`, fix] as const),
  );
}

describe('The doctor of an installation whose apps sell in stores', () => {
  it('finds no problem in its key, its project and its webhook, and prints no secret', async () => {
    const run = scriptRunner(new URL('doctor.ts', import.meta.url), { cwd: tmpdir(), env });
    const { code, text } = await run();
    expect(text).not.toContain('✗');
    for (const check of ['store settings', 'revenuecat key', 'revenuecat webhook'])
      expect(text).toContain(`✓ ${check}\n`);
    expect(text.match(/^✓ /gm)).toHaveLength(19);
    expect(code).toBe(0);
    for (const secret of [STORE_KEY, HEADER]) expect(text).not.toContain(secret);
  });

  it('has no check of stores without a project', () => {
    expect(localInstallation({ ...env, REVENUECAT_PROJECT_ID: '' }).functions).not.toContain(
      'revenuecat-webhook',
    );
  });

  it.each([
    [
      'a key that was revoked',
      { REVENUECAT_API_KEY: 'sk_revoked' },
      'revenuecat key: RevenueCat rejects the API key: it was revoked, or it is a key of API v1',
    ],
    [
      'a public key',
      { REVENUECAT_API_KEY: 'appl_abcdefgh' },
      `variables: REVENUECAT_API_KEY is a public SDK key of RevenueCat: ${wantsKey}`,
    ],
    [
      'a key of another service',
      { REVENUECAT_API_KEY: 'sk_test_abcdefgh' },
      `variables: REVENUECAT_API_KEY is a key of Stripe in test mode: ${wantsKey}`,
    ],
    [
      'a project that the key does not open',
      { REVENUECAT_PROJECT_ID: 'proj0another' },
      "revenuecat key: RevenueCat knows no project proj0another for this API key: the id is wrong, or the key is another project's",
    ],
    [
      'a header value that the function does not have',
      { REVENUECAT_WEBHOOK_SECRET: 'another-value-of-a-header' },
      'revenuecat webhook: the RevenueCat webhook rejects the stored header value: it still has another one',
    ],
    [
      'an unfinished rotation',
      { REVENUECAT_WEBHOOK_SECRET: `${HEADER},an-older-value-of-a-header` },
      'revenuecat webhook: the RevenueCat webhook accepts 2 header values: a rotation is not finished',
    ],
    [
      'a header value that can be guessed',
      { REVENUECAT_WEBHOOK_SECRET: `${HEADER},password` },
      'revenuecat webhook: a header value of the RevenueCat webhook has fewer than 16 characters, so it can be guessed',
    ],
  ])('reports %s', async (_, changes, problem) => {
    expect(await problemsOf(changes)).toContainEqual([problem, again]);
  });

  it('reports each permission that the key lacks, in one line', async () => {
    stub.refuse(/\/(?:subscriptions|products)$/, 403);
    expect(await problemsOf({})).toEqual([
      [
        `revenuecat key: the RevenueCat API key has no permission to read subscriptions, products in the project ${STORE_PROJECT}`,
        again,
      ],
    ]);
    stub.refuse(/./, 403);
    const [[problem] = []] = await problemsOf({});
    expect(problem).toContain('no permission to read customers, subscriptions, purchases, products');
  });

  it('reports that RevenueCat cannot be reached as what it is, not as a wrong key', async () => {
    const [[problem] = []] = await problemsOf({ REVENUECAT_API_BASE: 'http://127.0.0.1:9' });
    expect(problem).toMatch(/^revenuecat key: could not be checked: ECONNREFUSED/);
  });

  it('reports a missing key and a missing header value', async () => {
    const secret = async () => undefined;
    expect(await problemsOf({}, { secret })).toEqual([
      ['revenuecat key: the RevenueCat API key is missing', again],
      ['revenuecat webhook: the header value of the RevenueCat webhook is missing', again],
    ]);
  });

  it('reports a webhook that RevenueCat cannot reach, or that fails', async () => {
    const answers = (status: number, body: object) => (path: string) =>
      path.startsWith('/revenuecat/') ? ([status, body] as [number, object]) : undefined;
    const behind = async (status: number, body: object) => {
      const answer = answers(status, body);
      return problemsOf({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer }) });
    };
    expect(await behind(401, { message: 'Unauthorized' })).toEqual([
      [
        'revenuecat webhook: POST /revenuecat/webhook has an authorizer, so RevenueCat cannot reach the webhook',
        'npm start',
      ],
    ]);
    expect(await behind(503, { code: 'unavailable' })).toEqual([
      [
        'revenuecat webhook: POST /revenuecat/webhook returns 503 instead of 401 for a delivery without the shared header',
        log,
      ],
    ]);
  });

  it('reports test purchases that count where real users pay', async () => {
    const changes = { ALLOW_SANDBOX_PURCHASES: 'true' };
    expect(await problemsOf(changes)).toEqual([]);
    expect(await problemsOf(changes, { isProduction: true })).toEqual([
      [
        'store settings: ALLOW_SANDBOX_PURCHASES is true, so anyone with a test account of a store gets access without paying',
        again,
      ],
    ]);
  });

  it('reports functions that know no project, or another one', async () => {
    const { REVENUECAT_PROJECT_ID: _, ...without } = env;
    const installation = localInstallation(env);
    const changed = async (changes: ReadonlyMap<string, Record<string, string>>) => {
      const environments = new Map(
        [...(await installation.environments())].map(([name, own]) => [name, changes.get(name) ?? own]),
      );
      return { ...installation, environments: async () => environments };
    };
    const lacking = await changed(new Map([['delete-user', without]]));
    const [settings] = await examine(lacking, storeChecks);
    expect(settings?.problems).toEqual([
      {
        what: 'REVENUECAT_PROJECT_ID is missing in delete-user, so purchases in app stores do not count there',
        fix: 'npm start',
      },
    ]);
    const other = { ...env, REVENUECAT_PROJECT_ID: 'proj0another' };
    const [differing] = await examine(await changed(new Map([['reconcile', other]])), [variables]);
    expect(differing?.problems).toEqual([
      { what: 'REVENUECAT_PROJECT_ID differs between functions', fix: 'npm start' },
    ]);
  });
});
