/** `npm run deploy`, `diff` and `destroy`: runs this repository's CDK, which first builds the functions (cdk.json). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordIn } from '../core/system/record.ts';
import { stages } from '../infra/config.ts';
import { PROTECTS_CONTEXT, stackNameOf } from '../infra/names.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { parseCdkCommand, type RunCommand } from './deploy/command.ts';
import { type DeploymentFacts, isUnread, readDeploymentFacts, resourcesIn } from './deploy/facts.ts';
import { preflight } from './deploy/preflight.ts';
import { replacements } from './deploy/replaced.ts';
import { awsCli } from './doctor/aws-cli.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ASSEMBLY = path.join(root, 'dist', 'cdk');

runCommand(async () => {
  const plan = parseCdkCommand(process.argv.slice(2));
  if (plan.kind === 'help') {
    console.log(plan.message);
    return;
  }
  if (plan.kind === 'refused') throw new UsageError(plan.message);
  if (plan.profile !== undefined) process.env['AWS_PROFILE'] = plan.profile;
  if (plan.notes.length > 0) console.log(`${plan.notes.join('\n')}\n`);
  process.exitCode = plan.verb === 'deploy' ? await deploy(plan) : runCdk(plan.cdkArgs);
});

/** Returns the exit code. */
async function deploy(plan: RunCommand): Promise<number> {
  const { stage, cdkArgs } = plan;
  const config = stages[stage];
  const facts = await readDeploymentFacts(awsCli(config.region), { stage, config }).catch(
    (cause: unknown) => {
      if (!(cause instanceof UsageError)) throw cause;
      console.log(`${cause.message}\nWithout it, nothing is checked before the deployment.\n`);
      return undefined;
    },
  );
  if (facts === undefined) return runCdk(cdkArgs);
  const { problems, notes, isFirst } = preflight(facts, { stage, config });
  for (const note of notes) console.log(`Note: ${note}`);
  if (problems.length > 0) throw new UsageError(['Not deployed:', ...problems].join('\n- '));
  if (!isFirst) {
    const synthesized = runCdk(['synth', ...cdkArgs.slice(1, 4), '--quiet']);
    if (synthesized !== 0) return synthesized;
    refuseReplacements(facts, plan);
    return runCdk(cdkArgs);
  }
  // If this fails, CloudFormation deletes what it has created, and nothing is in the way of the next attempt.
  const created = runCdk([...cdkArgs, '--context', `${PROTECTS_CONTEXT}=false`]);
  if (created !== 0) return created;
  console.log(
    '\nThe stage is deployed. The second step protects its tables and its user pool from deletion.',
  );
  return runCdk(cdkArgs);
}

function refuseReplacements({ deployed }: DeploymentFacts, { stage, replace }: RunCommand): void {
  if (deployed === null) return;
  if (isUnread(deployed)) {
    console.log(`Note: Could not check what would be replaced: ${deployed.unread}.`);
    return;
  }
  const template = readFileSync(path.join(ASSEMBLY, `${stackNameOf(stage)}.template.json`), 'utf8');
  const next = resourcesIn(recordIn(JSON.parse(template)) ?? {});
  const refused = replacements(deployed, next).filter(({ logicalId }) => !replace.includes(logicalId));
  if (refused.length === 0) return;
  const lines = refused.map(
    ({ text, logicalId }) => `${text} To do it all the same, add --replace ${logicalId}.`,
  );
  throw new UsageError(['Not deployed:', ...lines].join('\n- '));
}

function runCdk(args: readonly string[]): number {
  const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const { status } = spawnSync(process.execPath, [cdk, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  return status ?? 1;
}
