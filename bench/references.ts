/** Builds what the functions are compared with: the same jobs with the AWS SDK and `stripe`, bundled as is usual. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../scripts/bundle.ts';
import type { Recording } from './recording.ts';
import { recordingOf, type Subject } from './subjects.ts';

const names = ['entitlements-api', 'stripe-webhook'] as const;

export async function buildReferences(recordings: readonly Recording[]): Promise<readonly Subject[]> {
  const outdir = path.join(PROJECT_ROOT, 'dist', 'bench');
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: names.map((name) => path.join(PROJECT_ROOT, 'bench', 'reference', `${name}.ts`)),
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outdir,
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
  });
  return names.map((name) => ({
    name: `${name} with SDKs`,
    modulePath: path.join(outdir, `${name}.cjs`),
    recording: recordingOf(name, recordings),
  }));
}
