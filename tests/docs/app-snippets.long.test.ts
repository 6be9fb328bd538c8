/** Builds an app from the blocks that `put-it-into-your-app.md` begins with, and drives it in a real browser. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { build } from 'esbuild';
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

/** The name of before Next.js 16, which runs on the edge runtime. The example app runs its proxy on Node. */
function onTheEdge([file, text]: readonly [string, string]): readonly [string, string] {
  if (file !== 'proxy.ts') return [file, text];
  return ['middleware.ts', text.replace('export const proxy', 'export const middleware')];
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
  return <html><body>{children}<Account user={user}>Your reports</Account></body></html>;
}`,
  'app/page.tsx': 'export default function Home() { return <p>Home</p>; }',
  'app/pricing/page.tsx': 'export default function Pricing() { return <p>Our prices</p>; }',
  'app/sign-in/page.tsx': `'use client';
import { signIn } from 'aws-amplify/auth';
import { useState } from 'react';
import '../../lib/account';
export default function SignIn() {
  const [said, say] = useState('Signed out');
  const enter = async () => {
    const username = new URLSearchParams(window.location.search).get('email') ?? '';
    const { isSignedIn } = await signIn({ username, password: '${PASSWORD}' });
    if (isSignedIn) say('Signed in');
  };
  return <p>{said} <button onClick={enter}>Sign in</button></p>;
}`,
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
    for (const [file, text] of [...Object.entries(around), ...namedBlocks()].map(onTheEdge)) {
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

  // The blocks name a stage in AWS, whose issuer follows from the pool.
  function withAddresses(text: string): string {
    const { urls, ids } = cloud.status;
    return text
      .replaceAll('https://api.example.com', urls.api)
      .replaceAll(
        /userPoolId: '[^']*',(?<rest>\s+)clientId: '[^']*',/g,
        `userPoolId: '${ids.userPoolId}',$<rest>clientId: '${ids.clientId}',$<rest>issuer: '${urls.issuer}',`,
      )
      .replaceAll(
        /userPoolId: '[^']*',\s+userPoolClientId: '[^']*'/g,
        `userPoolId: '${ids.userPoolId}', userPoolClientId: '${ids.clientId}', userPoolEndpoint: '${urls.cognito}'`,
      );
  }

  async function signedUp(email: string) {
    const { cognito, clientId: ClientId } = systems;
    await cognito.send(new SignUpCommand({ ClientId, Username: email, Password: PASSWORD }));
    const ConfirmationCode = cloud.status.confirmationCode;
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode }));
    const tokens = await systems.signIn(email, PASSWORD);
    return { ...tokens, sub: String(decodeJwt(tokens.idToken).sub) };
  }

  function giveAccess(cognito_sub: string): Promise<void> {
    const current_period_end = Math.floor(Date.now() / 1000) + 86_400;
    return systems.writeEntitlement({
      cognito_sub,
      status: 'active',
      plan: 'pro_monthly',
      current_period_end,
    });
  }

  async function newPage(): Promise<Page> {
    return (await (browser as Browser).newContext({ baseURL: origin })).newPage();
  }

  it('are those that the page promises', () => {
    expect([...namedBlocks().keys()]).toEqual([
      'lib/account.ts',
      'app/account.tsx',
      'lib/access.ts',
      'proxy.ts',
      'app/reports/page.tsx',
      'server.ts',
    ]);
  });

  it('send strangers to the sign-in page, and back', async () => {
    const page = await newPage();
    await page.goto('/reports?page=2');
    await page.waitForURL('**/sign-in?next=%2Freports%3Fpage%3D2');
  });

  it('check the access in an API of one’s own', async () => {
    const { sub, idToken } = await signedUp('grace@example.com');
    const port = await freePort();
    const file = path.join(directory, 'server.mjs');
    await build({
      stdin: {
        contents: serverOf(withAddresses(namedBlocks().get('server.ts') ?? ''), cloud.status, port),
        resolveDir: directory,
        loader: 'ts',
      },
      outfile: file,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
    });
    const server = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    const statusFor = async (authorization: string) =>
      (await fetch(`http://127.0.0.1:${port}`, { headers: { authorization } })).status;
    expect(await statusFor('Bearer nonsense')).toBe(401);
    expect(await statusFor(`Bearer ${idToken}`)).toBe(403);
    await giveAccess(sub);
    expect(await statusFor(`Bearer ${idToken}`)).toBe(200);
    server.kill();
  });

  it('let a user in who has access, in the browser and on the server, and no other', async () => {
    const { sub } = await signedUp('ada@example.com');
    const page = await newPage();
    await page.goto('/sign-in?email=ada@example.com');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Signed in').waitFor();
    await page.goto('/');
    await page.getByRole('link', { name: 'Choose a plan' }).waitFor();
    await page.goto('/reports');
    await page.waitForURL('**/pricing?next=%2Freports&reason=denied');
    await giveAccess(sub);
    await page.goto('/reports');
    await page.getByRole('heading', { name: 'Reports' }).waitFor();
    await page.goto('/');
    await page.getByText('Your reports').waitFor();
  });
});

/** The block as it is, but with the keys of the local pool, which AWS's verifier would look for in AWS. */
function serverOf(text: string, { urls, ids }: LocalCloud['status'], port: number): string {
  const local = `import { JwtVerifier } from 'aws-jwt-verify';
const tokens = JwtVerifier.create({ issuer: '${urls.issuer}', audience: '${ids.clientId}' });
tokens.cacheJwks(await (await fetch('${urls.issuer}/.well-known/jwks.json')).json());`;
  return text
    .replace("import { CognitoJwtVerifier } from 'aws-jwt-verify';", local)
    .replace('const tokens = CognitoJwtVerifier.create(pool);', '')
    .replace('listen(8080)', `listen(${port}, () => console.log('Ready'))`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}
