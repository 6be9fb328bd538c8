/** `npm run deploy`, `diff` and `destroy`: runs this repository's CDK, which first builds the functions (cdk.json). */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCdkCommand } from './cdk-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function main(): number {
  const plan = parseCdkCommand(process.argv.slice(2));
  if (plan.kind === 'help') {
    console.log(plan.message);
    return 0;
  }
  if (plan.kind === 'refused') {
    console.error(plan.message);
    return 1;
  }
  if (plan.notes.length > 0) console.log(`${plan.notes.join('\n')}\n`);
  const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const { status } = spawnSync(process.execPath, [cdk, ...plan.cdkArgs], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  return status ?? 1;
}

process.exitCode = main();
