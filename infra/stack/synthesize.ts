/** The template of one stage, as the CDK's command line would make it, without that command line. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { AccountsStack, type AccountsStackProps } from './stack.ts';

/** The feature flags that the command line gives the app. */
export const cdkContext = (
  JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

/** Needs the built functions, as every synthesis does. */
export function synthesizeTemplate(props: AccountsStackProps): unknown {
  const outdir = mkdtempSync(path.join(tmpdir(), 'predixa-synth-'));
  try {
    const app = new App({ outdir, context: cdkContext, analyticsReporting: false });
    const { artifactId } = new AccountsStack(app, props);
    return app.synth().getStackArtifact(artifactId).template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
