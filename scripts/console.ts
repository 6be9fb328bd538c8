/** Builds the console of the local cloud, if its files do not match its sources: `dist/console/console.{js,css}`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { PROJECT_ROOT } from './bundle.ts';
import { openBundleCache } from './bundle-cache.ts';
import { replaceFile } from './replace-file.ts';

/** Where the local cloud finds the console. */
export const CONSOLE_DIRECTORY = path.join(PROJECT_ROOT, 'dist', 'console');
const NAME = 'console';

/** Returns whether it was built. Takes less than a second. */
export async function buildConsole(outDirectory = CONSOLE_DIRECTORY): Promise<boolean> {
  await mkdir(outDirectory, { recursive: true });
  const cache = await openBundleCache({ root: PROJECT_ROOT, outDirectory });
  if (await cache.isCurrent(NAME)) return false;
  const startedAtMs = Date.now();
  const { outputFiles, metafile } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: { [NAME]: 'local/console/main.tsx' },
    outdir: outDirectory,
    bundle: true,
    minify: true,
    format: 'esm',
    // Browsers of the last three years.
    target: ['chrome111', 'firefox115', 'safari16.4'],
    tsconfig: 'local/console/tsconfig.json',
    define: { 'process.env.NODE_ENV': '"production"' },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  await Promise.all(outputFiles.map(({ path: file, contents }) => replaceFile(file, contents)));
  const outputs = outputFiles.map(({ path: file }) => path.relative(outDirectory, file));
  await cache.record(NAME, { inputs: Object.keys(metafile.inputs), outputs, startedAtMs });
  await cache.save();
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildConsole();
