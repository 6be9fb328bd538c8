/** `npm run doctor`: looks at a live or local installation, and says in one line each what is wrong and what fixes it. */
import { parseArgs } from 'node:util';
import { runCommand } from './cli/command.ts';
import { environmentOf } from './cli/environment.ts';
import { useStage } from './cli/stage.ts';
import { authorizer, clock, webhook } from './doctor/edge-checks.ts';
import { type Check, examine, type Finding } from './doctor/finding.ts';
import type { Installation } from './doctor/installation.ts';
import { liveInstallation } from './doctor/live.ts';
import { localInstallation } from './doctor/local.ts';
import { endpoint, prices, stripeKey, trialKey, undelivered } from './doctor/stripe-checks.ts';
import { roles, tables, trigger, variables } from './doctor/systems-checks.ts';

const HELP = `npm run doctor -- [options]

Looks at the local cloud that runs here (.local/env), or at a stage in AWS with the credentials of this shell, and
says in one line each what is wrong and the command that fixes it. It changes nothing.

  --stage dev       that stage in AWS; needs the AWS CLI
  --api-url URL     the address of its API, where it was not deployed by CDK
  --profile NAME    a profile of the AWS command line; without one, the credentials of the environment
  --json            for programs
  --env-file FILE   another local environment

Exit code: 0 all is well, 2 something is wrong, 1 it could not look.`;

const checks: readonly Check[] = [
  variables,
  tables,
  trigger,
  authorizer,
  webhook,
  stripeKey,
  endpoint,
  undelivered,
  prices,
  trialKey,
  clock,
  roles,
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      'api-url': { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const installation =
    values.stage === undefined
      ? localInstallation(await environmentOf(values['env-file']))
      : liveInstallation(useStage(values.stage, values.profile), { apiUrl: values['api-url'] });
  await installation.reach();
  const findings = await examine(installation, checks);
  if (values.json) console.log(JSON.stringify({ installation: installation.label, findings }, undefined, 2));
  else printReport(installation, findings);
  process.exitCode = findings.some(({ problems }) => problems.length > 0) ? 2 : 0;
}

function printReport({ label }: Installation, findings: readonly Finding[]): void {
  console.log(`Looking at ${label}.`);
  for (const { check, problems } of findings) {
    if (problems.length === 0) console.log(`✓ ${check}`);
    for (const { what, fix } of problems) console.log(`✗ ${check}: ${what}\n    ${fix}`);
  }
}

runCommand(main);
