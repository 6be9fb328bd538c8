/** Builds an app from the blocks that `put-it-into-your-app.md` begins with, and drives it in a real browser. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';
import { openBrowser } from '../support/browser.ts';
import { loadPage, root } from './checks.ts';

const PAGE = 'docs/put-it-into-your-app.md';
const PASSWORD = 'Correct-horse-1';

/** The blocks that name their file in their first line. */
function namedBlocks(): ReadonlyMap<string, string> {
  const named = loadPage(PAGE).blocks.flatMap(({ language, lines }): [string, string][] => {
    const file = /^\/\/ (?<file>[\w/.-]+\.tsx?)\b/.exec(lines[0] ?? '')?.groups?.['file'];
    return /^tsx?$/.test(language) && file !== undefined ? [[file, lines.join('\n')]] : [];
  });
  return new Map(named);
}

/** What every Next.js app has, and what the blocks mention. */
const around: Readonly<Record<string, string>> = {
  'package.json': '{"type": "module"}',
  'next.config.js': `export default { turbopack: { root: ${JSON.stringify(root)} } };`,
  'app/layout.tsx': `import { cookies } from 'next/headers';
import { Account } from './account';
export default async function Layout({ children }) {
  const store = await cookies();
  const user = store.getAll().find(({ name }) => name.endsWith('.LastAuthUser'))?.value ?? null;
  return <html><body><Account user={user}>{children}</Account></body></html>;
}`,
  'app/page.tsx': 'export default function Home() { return <p>Your reports</p>; }',
  'app/pricing/page.tsx': 'export default function Pricing() { return <p>Our prices</p>; }',
  'app/sign-in/page.tsx': 'export default function SignIn() { return <p>Sign in here</p>; }',
};

const browser: Browser | undefined = await openBrowser();

describe.skipIf(browser === undefined)('The blocks for an app', () => {
  let cloud: LocalCloud;
  let systems: Systems;
  let app: ChildProcess | undefined;
  let directory: string;
  let origin: string;

  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports });
    systems = systemsAt(cloud.env);
    execFileSync(process.execPath, ['build.mjs'], { cwd: path.join(root, 'client') });
    // Inside the project, so that packages are found.
    await mkdir(path.join(root, 'dist'), { recursive: true });
    directory = await mkdtemp(path.join(root, 'dist/docs-app-'));
    for (const [file, text] of [...Object.entries(around), ...namedBlocks()]) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), withAddresses(text));
    }
    const next = path.join(root, 'node_modules/next/dist/bin/next');
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' as const };
    execFileSync(process.execPath, [next, 'build'], { cwd: directory, env, stdio: 'pipe' });
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const child = spawn(process.execPath, [next, 'start', '--port', String(port)], { cwd: directory, env });
    app = child;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        if (String(chunk).includes('Ready')) resolve();
      });
    });
  });
  afterAll(async () => {
    await browser?.close();
    app?.kill();
    systems?.close();
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The blocks name a stage in AWS, whose issuer follows from the pool. */
  function withAddresses(text: string): string {
    const { urls, ids } = cloud.status;
    return text
      .replaceAll('https://api.example.com', urls.api)
      .replaceAll(
        /userPoolId: '[^']*',(?<rest>\s+)clientId: '[^']*',/g,
        `userPoolId: '${ids.userPoolId}',$<rest>clientId: '${ids.clientId}',$<rest>issuer: '${urls.issuer}',`,
      )
      .replaceAll(
        /userPoolId: '[^']*', userPoolClientId: '[^']*'/g,
        `userPoolId: '${ids.userPoolId}', userPoolClientId: '${ids.clientId}', userPoolEndpoint: '${urls.cognito}'`,
      );
  }

  /** A page with the session that Amplify would have written after a sign-in. */
  async function signedIn(email: string): Promise<{ readonly page: Page; readonly sub: string }> {
    const { cognito, clientId: ClientId } = systems;
    await cognito.send(new SignUpCommand({ ClientId, Username: email, Password: PASSWORD }));
    const ConfirmationCode = cloud.status.confirmationCode;
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode }));
    const { idToken, accessToken } = await systems.signIn(email, PASSWORD);
    const sub = String(decodeJwt(idToken).sub);
    const context = await (browser as Browser).newContext({ baseURL: origin });
    const prefix = `CognitoIdentityServiceProvider.${ClientId}`;
    const cookies = {
      [`${prefix}.LastAuthUser`]: sub,
      [`${prefix}.${sub}.idToken`]: idToken,
      [`${prefix}.${sub}.accessToken`]: accessToken,
    };
    await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin })));
    return { page: await context.newPage(), sub };
  }

  it('are those that the page promises', () => {
    expect([...namedBlocks().keys()]).toEqual([
      'lib/account.ts',
      'app/account.tsx',
      'lib/access.ts',
      'proxy.ts',
      'app/reports/page.tsx',
    ]);
  });

  it('send strangers to the sign-in page, and back', async () => {
    const page = await (await (browser as Browser).newContext({ baseURL: origin })).newPage();
    await page.goto('/reports?page=2');
    await page.waitForURL('**/sign-in?next=%2Freports%3Fpage%3D2');
  });

  it('let a user in who has access, in the browser and on the server, and no other', async () => {
    const { page, sub } = await signedIn('ada@example.com');
    await page.goto('/');
    await page.getByRole('link', { name: 'Choose a plan' }).waitFor();
    await page.goto('/reports');
    await page.waitForURL('**/pricing?next=%2Freports&reason=denied');
    const end = Math.floor(Date.now() / 1000) + 86_400;
    await systems.writeEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: 'pro_monthly',
      current_period_end: end,
    });
    await page.goto('/reports');
    await page.getByRole('heading', { name: 'Reports' }).waitFor();
    await page.goto('/');
    await page.getByText('Your reports').waitFor();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}
