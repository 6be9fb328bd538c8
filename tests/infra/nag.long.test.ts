/** Checks every configuration against the AwsSolutions rules of cdk-nag. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { StageConfig } from '../../infra/config.ts';
import { acknowledgeFindings, pathWithin } from '../../infra/stack/nag.ts';
import { AccountsStack } from '../../infra/stack/stack.ts';
import { cdkContext } from '../../infra/stack/synthesize.ts';
import { configs } from './configs.ts';

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** Returns all findings as `path rule`. */
function findingsIn(config: StageConfig, prepare: (stack: Stack) => void): readonly string[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'predixa-nag-'));
  try {
    const app = new App({ outdir, context: cdkContext, analyticsReporting: false });
    const stack = new AccountsStack(app, { stage: 'test', config });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    prepare(stack);
    // A finding fails the synthesis, but only after the report is written.
    const outcome = outcomeOf(() => app.synth());
    const file = path.join(outdir, 'validation-report.json');
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const findings = report.pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${pathWithin(stack, constructPath)} ${ruleName}`),
      ),
    );
    expect(outcome).toBe(findings.length === 0 ? 'synthesized' : 'rejected');
    return [...new Set(findings)].sort();
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function outcomeOf(work: () => unknown): 'synthesized' | 'rejected' {
  try {
    work();
    return 'synthesized';
  } catch {
    return 'rejected';
  }
}

describe.each(Object.entries(configs))('The stack of %s', (_, config) => {
  it('has no finding without an acknowledgement, and no acknowledgement without a finding', () => {
    const acknowledged: string[] = [];
    expect(findingsIn(config, (stack) => acknowledged.push(...acknowledgeFindings(stack)))).toEqual([]);
    expect(findingsIn(config, () => undefined)).toEqual(acknowledged.sort());
  });
});
