/**
 * Builds the console of the local cloud, if its files do not match their sources: `dist/console/console.{js,css}` for the
 * browser, and `dist/console/inspector/index.cjs`, which compares the systems.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleAll, PROJECT_ROOT } from './bundle.ts';
import { type BuiltFiles, type BundleCache, openBundleCache } from './bundle-cache.ts';
import { replaceFile } from './replace-file.ts';

/** Where the local cloud finds the console. */
export const CONSOLE_DIRECTORY = path.join(PROJECT_ROOT, 'dist', 'console');
const NAME = 'console';
const INSPECTOR = 'inspector';

/** Returns whether anything was built. Takes about a second. */
export async function buildConsole(outDirectory = CONSOLE_DIRECTORY): Promise<boolean> {
  await mkdir(outDirectory, { recursive: true });
  const cache = await openBundleCache({ root: PROJECT_ROOT, outDirectory });
  const outdated = await outdatedIn(cache);
  if (outdated.length === 0) return false;
  const startedAtMs = Date.now();
  await Promise.all(
    outdated.map(async (name) => {
      const { inputs, outputs } = await builders[name](outDirectory);
      await cache.record(name, { inputs, outputs, startedAtMs });
    }),
  );
  await cache.save();
  return true;
}

type Built = Omit<BuiltFiles, 'startedAtMs'>;

const builders = { [NAME]: buildPage, [INSPECTOR]: buildInspector } as const;

async function outdatedIn(cache: BundleCache): Promise<readonly (keyof typeof builders)[]> {
  const names = [NAME, INSPECTOR] as const;
  const current = await Promise.all(names.map((name) => cache.isCurrent(name)));
  return names.filter((_, index) => current[index] === false);
}

async function buildPage(outDirectory: string): Promise<Built> {
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
  return { inputs: Object.keys(metafile.inputs), outputs };
}

async function buildInspector(outDirectory: string): Promise<Built> {
  const bundles = await bundleAll({ [INSPECTOR]: 'local/inspector/main.ts' });
  const output = path.join(INSPECTOR, 'index.cjs');
  await mkdir(path.join(outDirectory, INSPECTOR), { recursive: true });
  for (const { code } of bundles.values()) await replaceFile(path.join(outDirectory, output), code);
  return { inputs: [...bundles.values()].flatMap(({ inputs }) => inputs), outputs: [output] };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildConsole();
