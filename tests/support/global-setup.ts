/** Builds the functions and the commands that all tests share. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { buildFunctions, buildPoolTrigger } from '../../scripts/build.ts';
import { buildConsole } from '../../scripts/console.ts';

declare module 'vitest' {
  interface ProvidedContext {
    operationsDirectory: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = path.join(root, 'dist');

/** They load files of their own. */
const externalPackages = ['aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild', 'web-tree-sitter'];

async function buildOperations(outdir: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, 'operations', '*.ts')],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    // With their packages, because Node loads one file in a fraction of the time that hundreds take.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    external: externalPackages,
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Inside the project, so that Node finds the packages that the bundles leave out.
  await mkdir(dist, { recursive: true });
  const operationsDirectory = await mkdtemp(path.join(dist, 'operations-'));
  await Promise.all([
    buildFunctions(),
    buildConsole(),
    buildPoolTrigger(),
    buildOperations(operationsDirectory),
  ]);
  project.provide('operationsDirectory', operationsDirectory);
  return () => rm(operationsDirectory, { recursive: true, force: true });
}
