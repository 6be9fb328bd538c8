/** Opens the console of a local cloud in a real browser, and checks what every page of it must hold. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { openBrowser } from './browser.ts';

const TIMEOUT_MS = 60_000;
const images = path.resolve(import.meta.dirname, '../../docs/images');

export interface ConsoleRig {
  readonly cloud: LocalCloud;
  /** A new tab with a session of its own. */
  open(query?: string): Promise<Page>;
  /** What any page reported as an error, and requests that left the machine. */
  readonly problems: readonly string[];
  /** Pages that stay open go on drawing what happens, which slows down the next test. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** Files of one worker share this module, and the first one to end must not close the browser of the next one. */
let browser: Browser | undefined = await openBrowser();
export const hasBrowser = browser !== undefined;

async function browserNow(): Promise<Browser> {
  if (browser?.isConnected() !== true) browser = await openBrowser();
  if (browser === undefined) throw new Error('This machine has no browser.');
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
}

export async function startConsole(): Promise<ConsoleRig> {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  const cloud = await createLocalCloud({ ephemeral: true, ports });
  const problems: string[] = [];
  const contexts: BrowserContext[] = [];
  const closePages = async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  };
  return {
    cloud,
    problems,
    async open(query = '') {
      const context = await (await browserNow()).newContext({ viewport: desktop, baseURL: cloud.urls.api });
      contexts.push(context);
      context.setDefaultTimeout(TIMEOUT_MS);
      const page = await context.newPage();
      watch(page, problems);
      await page.goto(`/${query}`);
      return page;
    },
    closePages,
    async close() {
      await closePages();
      await cloud.close();
    },
  };
}

const desktop = { width: 1280, height: 800 } as const;
const phone = { width: 360, height: 740 } as const;

function watch(page: Page, problems: string[]): void {
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') problems.push(request.url());
  });
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const looks = [
  ['desktop', 'light'],
  ['phone', 'dark'],
] as const;
const sizes = { desktop, phone } as const;

/**
 * Checks the page as it is, on a desktop in light and on a phone in dark: nothing is wider than the screen, and axe finds no
 * violation. `SCREENSHOTS=1` renews the pictures of the docs.
 */
export async function expectWellMade(page: Page, name: string): Promise<void> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  for (const [device, colorScheme] of looks) {
    await page.setViewportSize(sizes[device]);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Pictures follow the width once they are painted again.
    await expect
      .poll(() => page.evaluate<number>(OVERFLOW), {
        message: `${name} on a ${device} is too wide`,
        timeout: TIMEOUT_MS,
      })
      .toBeLessThanOrEqual(0);
    const found = await page.evaluate<readonly string[]>(AXE_RUN);
    expect(found, `${name} on a ${device}, ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize(desktop);
  if (process.env['SCREENSHOTS'] !== undefined && pictured.has(name)) await renewPictures(page, name);
  await page.emulateMedia({ colorScheme: null });
}

/** The views that the docs show. A person compares the pictures. */
const pictured = new Set(['user', 'paid', 'timeline', 'scenarios-run']);

async function renewPictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(images, `console-${name}-${colorScheme}.png`) });
  }
}

const OVERFLOW = 'document.documentElement.scrollWidth - innerWidth';
const AXE_RUN = `axe
  .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;
