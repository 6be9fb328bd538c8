/** Builds the package (library, command-line program and types): `node build.mjs [DIRECTORY]`. Default: dist/. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = resolve(process.argv[2] ?? join(here, 'dist'));

rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ['index.ts', 'main.ts'],
  outdir: target,
  bundle: true,
  splitting: true,
  chunkNames: 'simulator-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // `ws` is a CommonJS package.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
const command = join(target, 'main.js');
writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`);
chmodSync(command, 0o755);
buildTypes();

/** Writes the declarations of the public modules. All other declarations are internal. */
function buildTypes() {
  const all = mkdtempSync(join(tmpdir(), 'stripe-simulator-types-'));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--project', join(here, 'tsconfig.build.json'), '--outDir', all]);
  const modules = ['stripe-simulator/index', 'stripe-simulator/options', 'simulator-kit/state-error'];
  for (const name of modules) {
    const text = readFileSync(join(all, `${name}.d.ts`), 'utf8').replaceAll(
      /'\.\.?\/(?:simulator-kit\/)?([\w-]+)\.ts'/g,
      "'./$1.js'",
    );
    writeFileSync(join(target, `${basename(name)}.d.ts`), text);
  }
  rmSync(all, { recursive: true });
}
