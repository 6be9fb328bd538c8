/** A real browser: the one that `CHROME_PATH` names, an installed one, or the one that npm has installed (Linux on x64). */
import { access, constants } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';

const installed = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * In a single process, sessions share their cookies. Without web security, a browser sends no `Origin` and asks for no CORS.
 * The emulation of a graphics card takes more of the processor than everything else a page does.
 */
const leftOut: ReadonlySet<string> = new Set([
  '--single-process',
  '--no-zygote',
  '--ignore-gpu-blocklist',
  '--in-process-gpu',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-web-security',
  '--allow-running-insecure-content',
]);

/** Returns undefined if this machine has no browser. */
export async function openBrowser(): Promise<Browser | undefined> {
  const named = process.env['CHROME_PATH'];
  for (const path of named === undefined ? installed : [named]) {
    if (await isExecutable(path)) return chromium.launch({ executablePath: path });
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { default: packed } = await import('@sparticuz/chromium');
  const args = packed.args.filter((arg) => !leftOut.has(arg));
  return chromium.launch({ executablePath: await packed.executablePath(), args: [...args, '--disable-gpu'] });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
