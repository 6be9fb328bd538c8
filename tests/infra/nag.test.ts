/** The rules of AwsSolutions over every configuration. */
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

/** All findings, as `path rule`. */
function findingsIn(config: StageConfig, prepare: (stack: Stack) => void): readonly string[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'predixa-nag-'));
  try {
    const app = new App({ outdir, context: cdkContext, analyticsReporting: false });
    const stack = new AccountsStack(app, { stage: 'test', config });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    prepare(stack);
    // A finding ends the synthesis, after the report is written.
    const ended = outcomeOf(() => app.synth());
    const file = path.join(outdir, 'validation-report.json');
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const findings = report.pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${pathWithin(stack, constructPath)} ${ruleName}`),
      ),
    );
    expect(ended).toBe(findings.length === 0 ? 'synthesized' : 'refused');
    return [...new Set(findings)].sort();
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function outcomeOf(work: () => unknown): 'synthesized' | 'refused' {
  try {
    work();
    return 'synthesized';
  } catch {
    return 'refused';
  }
}

describe.each(Object.entries(configs))('%s', (_, config) => {
  it('has no finding that is not acknowledged, and no acknowledgement without a finding', () => {
    const acknowledged: string[] = [];
    expect(findingsIn(config, (stack) => acknowledged.push(...acknowledgeFindings(stack)))).toEqual([]);
    expect(findingsIn(config, () => undefined)).toEqual(acknowledged.sort());
  });
});
