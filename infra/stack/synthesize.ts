/** Synthesizes the template of one stage in this process, as the CDK CLI would. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { AccountsStack, type AccountsStackProps } from './stack.ts';

/** The feature flags that the CDK CLI passes to the app. */
export const cdkContext = (
  JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

/** Returns the template. Requires the built functions. */
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
