/** The CDK app: synthesizes every stage, or only one with `-c stage=dev`. */
import { App } from 'aws-cdk-lib';
import { type StageName, stages } from './config.ts';
import { PROTECTS_CONTEXT } from './names.ts';
import { AccountsStack } from './stack/stack.ts';

function selectedStages(requested: unknown): readonly StageName[] {
  const names = Object.keys(stages) as StageName[];
  if (requested === undefined) return names;
  const known = names.filter((name) => name === requested);
  if (known.length === 0)
    throw new Error(`There is no stage ${JSON.stringify(requested)}. Use ${names.join(' or ')}.`);
  return known;
}

try {
  const app = new App();
  const protects = app.node.tryGetContext(PROTECTS_CONTEXT) !== 'false';
  for (const stage of selectedStages(app.node.tryGetContext('stage'))) {
    new AccountsStack(app, { stage, config: stages[stage], protects });
  }
  app.synth();
} catch (error) {
  // A configuration error is printed as a message, without a stack trace.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
