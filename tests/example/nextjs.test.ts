/** Drives the example app in a real browser, from sign-up to deletion, on a local cloud. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { openBrowser } from '../support/browser.ts';

const root = path.resolve(import.meta.dirname, '../..');
const example = path.join(root, 'examples/nextjs');
const PASSWORD = 'Correct-horse-1';
const devices = [
  ['desktop', 1280, 800],
  ['phone', 390, 844],
] as const;
const isPictured = (name: string, device: string) => (name === 'account') === (device === 'phone');

const browser: Browser | undefined = await openBrowser();
let cloud: LocalCloud;
let app: ChildProcess | undefined;
let origin: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Resolves when the app says that it is ready. */
async function startApp(): Promise<void> {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const env = { ...process.env, LOCAL_API_URL: cloud.status.urls.api };
  const child = spawn(process.execPath, ['start.mjs', 'start', '--port', String(port)], {
    cwd: example,
    env,
  });
  app = child;
  await new Promise<void>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', () => {
      reject(new Error(`The app did not start: ${output}`));
    });
  });
}

describe.skipIf(browser === undefined)('The example app', () => {
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    execFileSync(process.execPath, ['build.mjs'], { cwd: path.join(root, 'client') });
    const next = path.join(root, 'node_modules/next/dist/bin/next');
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
    const build = spawn(process.execPath, [next, 'build'], { cwd: example, env, stdio: 'pipe' });
    let output = '';
    for (const stream of [build.stdout, build.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const [started, [code]] = await Promise.all([
      createLocalCloud({ ephemeral: true, ports }),
      once(build, 'exit'),
    ]);
    cloud = started;
    if (code !== 0) throw new Error(`The example app cannot be built: ${output}`);
    await startApp();
  });
  afterAll(async () => {
    await browser?.close();
    app?.kill();
    await cloud?.close();
  });

  async function newPage(): Promise<Page> {
    const context = await (browser as Browser).newContext({ baseURL: origin });
    context.setDefaultTimeout(20_000);
    return context.newPage();
  }

  const fill = async (page: Page, fields: Readonly<Record<string, string>>, button: string) => {
    for (const [label, value] of Object.entries(fields))
      await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole('button', { name: button, exact: true }).click();
  };

  // `SCREENSHOTS=1` renews the pictures of the docs. Each page fits a phone and a desktop, in light and in dark.
  async function shoot(page: Page, name: string): Promise<void> {
    for (const [device, width, height] of devices) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(overflow, `${name} on a ${device} is too wide`).toBeLessThanOrEqual(0);
        const file = path.join(root, 'docs/images', `example-${name}-${device}-${colorScheme}.png`);
        if (process.env['SCREENSHOTS'] !== undefined && isPictured(name, device)) {
          await page.screenshot({ path: file });
        }
      }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  it('takes a user from sign-up over Checkout to the paid page, to the portal, and to the deletion', async () => {
    const page = await newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    const email = 'ada@example.com';

    await page.goto('/reports?week=47');
    await page.waitForURL('**/sign-in?next=%2Freports%3Fweek%3D47');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await fill(page, { 'First name': 'Ada', Email: email, Password: PASSWORD }, 'Create an account');
    await page.getByText('We have sent a code').waitFor();
    await fill(page, { Code: cloud.status.confirmationCode }, 'Confirm');

    await page.waitForURL('**/pricing?next=%2Freports%3Fweek%3D47&reason=denied');
    await page.getByRole('button', { name: 'Subscribe' }).first().waitFor();
    await shoot(page, 'pricing');
    await page.getByRole('button', { name: 'Subscribe' }).first().click();
    await page.waitForURL(`${cloud.status.urls.stripe}/**`);
    await page.getByLabel('Card number').fill('4242424242424242');
    await page.getByRole('button', { name: /Start trial|Subscribe/ }).click();

    await page.waitForURL(`${origin}/welcome?next=%2Freports%3Fweek%3D47`);
    await page.getByText('Everything is open.').waitFor();
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.waitForURL(`${origin}/reports?week=47`);
    await page.getByRole('heading', { name: 'This week' }).waitFor();
    await page.getByRole('button', { name: 'Write a report' }).click();
    await page.getByText('everything grew').waitFor();
    await shoot(page, 'reports');

    await page.getByRole('link', { name: /Account/ }).click();
    await page.getByText('You have access until').waitFor();
    await shoot(page, 'account');
    await page.getByRole('button', { name: 'Manage billing' }).click();
    await page.waitForURL(`${cloud.status.urls.stripe}/**`);
    await page.goto(`${origin}/account`);

    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('button', { name: 'Yes, delete everything' }).click();
    await page.waitForURL('**/goodbye');
    await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    await page.goto('/reports');
    await page.waitForURL('**/sign-in?next=%2Freports');
    expect(problems).toEqual([]);
  });

  it('lets a user reset a forgotten password, and change the address', async () => {
    const page = await newPage();
    const email = 'grace@example.com';
    const code = cloud.status.confirmationCode;
    await page.goto('/sign-up');
    await fill(page, { 'First name': 'Grace', Email: email, Password: PASSWORD }, 'Create an account');
    await fill(page, { Code: code }, 'Confirm');
    await page.waitForURL('**/pricing');
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText('You have no plan').waitFor();
    await fill(page, { 'New address': 'hopper@example.com' }, 'Change the address');
    await fill(page, { Code: code }, 'Verify');
    await page.getByText('hopper@example.com').waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.waitForURL(`${origin}/`);

    await page.goto('/forgot-password');
    await fill(page, { Email: 'hopper@example.com' }, 'Send a code');
    await fill(page, { Code: code, 'New password': 'Another-horse-2' }, 'Change the password');
    await page.waitForURL('**/sign-in');
    await fill(page, { Email: 'hopper@example.com', Password: PASSWORD }, 'Sign in');
    await page.getByText('Incorrect username or password.').waitFor();
    await fill(page, { Email: 'hopper@example.com', Password: 'Another-horse-2' }, 'Sign in');
    await page.waitForURL('**/pricing?next=%2Freports&reason=denied');
  });

  it('refreshes a session whose token a server finds expired, and returns to the page', async () => {
    const page = await newPage();
    await page.goto('/sign-up');
    await fill(
      page,
      { 'First name': 'Alan', Email: 'alan@example.com', Password: PASSWORD },
      'Create an account',
    );
    await fill(page, { Code: cloud.status.confirmationCode }, 'Confirm');
    await page.waitForURL('**/pricing');
    await page.goto('/sign-in?next=%2Faccount&reason=expired');
    await page.waitForURL('**/account');
    await page.getByText('You have no plan').waitFor();
  });

  it('answers programs with problem documents', async () => {
    const answer = await fetch(`${origin}/api/report`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'signed_out' });
  });
});
