/** `npm run doctor`: checks a live or local installation, and reports each problem in one line with its fix. */
import { parseArgs } from 'node:util';
import { runCommand, UsageError } from './cli/command.ts';
import { loadEnvironment } from './cli/environment.ts';
import { useStage } from './cli/stage.ts';
import { authorizer, clock, webhook } from './doctor/edge-checks.ts';
import { type Check, examine, type Finding } from './doctor/finding.ts';
import type { Installation } from './doctor/installation.ts';
import { liveInstallation } from './doctor/live.ts';
import { localInstallation } from './doctor/local.ts';
import { sales } from './doctor/sale-checks.ts';
import { portal, prices, selling } from './doctor/selling-checks.ts';
import { storeChecks } from './doctor/store-checks.ts';
import { endpoint, stripeKey, trialKey, undelivered } from './doctor/stripe-checks.ts';
import { adoption, roles, tables, trigger, variables } from './doctor/systems-checks.ts';

const HELP = `npm run doctor -- [options]

Checks the local cloud that runs here (.local/env), or a stage in AWS with the credentials of this shell. It reports
each problem in one line, followed by the command that fixes it. It changes nothing.

  --stage STAGE     checks this stage of infra/config.ts in AWS; requires the AWS CLI
  --api-url URL     the URL of the API, for a stage that was not deployed with the CDK
  --profile NAME    the AWS CLI profile to use; default: the credentials of the environment
  --json            prints the findings as JSON
  --env-file FILE   reads the environment of the local cloud from this file

Exit code: 0 no problems, 2 problems found, 1 the installation could not be checked.`;

const checks: readonly Check[] = [
  variables,
  tables,
  adoption,
  trigger,
  authorizer,
  webhook,
  stripeKey,
  endpoint,
  undelivered,
  prices,
  portal,
  selling,
  sales,
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
  const apiUrl = values['api-url'];
  if (apiUrl !== undefined && !/^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/i.test(apiUrl))
    throw new UsageError('--api-url must be a URL without a query, such as https://api.example.com');
  const installation =
    values.stage === undefined
      ? localInstallation(await loadEnvironment(values['env-file']))
      : liveInstallation(useStage(values.stage, values.profile), { apiUrl });
  await installation.reach();
  const sells = installation.functions.includes('revenuecat-webhook');
  const findings = await examine(installation, [...checks, ...(sells ? storeChecks : [])]);
  if (values.json) console.log(JSON.stringify({ installation: installation.label, findings }, undefined, 2));
  else printReport(installation, findings);
  process.exitCode = findings.some(({ problems }) => problems.length > 0) ? 2 : 0;
}

function printReport({ label }: Installation, findings: readonly Finding[]): void {
  console.log(`Checking ${label}.`);
  for (const { check, problems } of findings) {
    if (problems.length === 0) console.log(`✓ ${check}`);
    for (const { what, fix } of problems) console.log(`✗ ${check}: ${what}\n    ${fix}`);
  }
}

runCommand(main);
