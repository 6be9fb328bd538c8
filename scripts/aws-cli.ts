/** `npm run aws-cli`: prints AWS CLI commands that create an installation, generated from the CDK app's template. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bash } from '../infra/aws-cli/bash.ts';
import { pageNameOf, pageOf } from '../infra/aws-cli/page.ts';
import { powershell } from '../infra/aws-cli/powershell.ts';
import { type Commands, scriptOf } from '../infra/aws-cli/script.ts';
import { sectionsOf } from '../infra/aws-cli/sections.ts';
import type { Template } from '../infra/aws-cli/template.ts';
import { type StageName, stages } from '../infra/config.ts';
import { synthesizeTemplate } from '../infra/stack/synthesize.ts';
import { buildFunctions, buildPoolTrigger } from './build.ts';

const shells = { bash, powershell } as const;

const help = `npm run --silent aws-cli -- --stage STAGE [--shell bash|powershell] > deploy.sh
npm run aws-cli -- --docs

Builds the functions, and prints the AWS CLI commands that create what npm run deploy creates for infra/config.ts.
Review the commands, then run them from this folder. See docs/deploy.md.

  --stage STAGE   ${Object.keys(stages).join(' or ')}, from infra/config.ts
  --shell SHELL   bash (default) or powershell
  --docs          writes docs/aws-cli-*.md for the stage dev`;

const root = new URL('..', import.meta.url);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      shell: { type: 'string', default: 'bash' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const stage = stageNamed(values.docs ? 'dev' : values.stage);
  const shell = Object.values(shells).find(({ name }) => name === values.shell);
  if (shell === undefined) throw new Error(`--shell must be bash or powershell, not ${values.shell}`);
  await Promise.all([buildFunctions(), buildPoolTrigger()]);
  const commands = commandsFor(stage);
  if (!values.docs) {
    process.stdout.write(scriptOf(commands, shell));
    return;
  }
  for (const shell of Object.values(shells)) {
    writeFileSync(new URL(`docs/${pageNameOf(shell)}`, root), pageOf(commands, shell));
  }
}

function stageNamed(requested: string | undefined): StageName {
  const known = (Object.keys(stages) as StageName[]).find((stage) => stage === requested);
  if (known === undefined)
    throw new Error(
      `--stage must be ${Object.keys(stages).join(' or ')}${requested === undefined ? '' : `, not ${requested}`}`,
    );
  return known;
}

function commandsFor(stage: StageName): Commands {
  const config = stages[stage];
  const template = synthesizeTemplate({ stage, config }) as Template;
  return { stage, config, sections: sectionsOf({ stage, config, template }) };
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
