/** The sections in the words of one shell, as a page to read: docs/aws-cli-bash.md, docs/aws-cli-powershell.md. */
import { alarms } from '../alarms.ts';
import { poolNameOf } from '../names.ts';
import { FOLDER, toCliCommand } from './cli-command.ts';
import { variables } from './naming.ts';
import { removalOf } from './removal.ts';
import { apiUrlIn, type Commands, textOf, toCliSections } from './script.ts';
import { WATCH_TITLE } from './sections.ts';
import { inlineVariable, type Shell } from './shell.ts';
import type { Call } from './step.ts';

export const pageNameOf = (shell: Shell): string => `aws-cli-${shell.name}.md`;

export function pageOf(commands: Commands, shell: Shell): string {
  const { stage, config } = commands;
  const block = (text: string): string => `\`\`\`${shell.language}\n${text}\n\`\`\``;
  const lines = (...texts: readonly string[]): string =>
    block(texts.map((text) => shell.line(text)).join('\n'));
  const print = `npm run --silent aws-cli -- --stage ${stage} --shell ${shell.name}`;
  const url = apiUrlIn(config, '${API_ID}');
  return `${[
    `# By hand with the AWS CLI: ${shell.title}`,
    '<!-- Written by npm run aws-cli -- --docs. A test holds it against the CDK app. -->',
    `The same installation as [npm run deploy](deploy.md) makes, for those who do not use the CDK: generated from the same template, here for the stage \`${stage}\` as it stands in [infra/config.ts](../infra/config.ts). For yours, change that file and have the commands printed:`,
    lines(print),
    'Run them from the project’s folder after `npm run build`, with version 2 of the AWS CLI. What is there already is refused and never overwritten, so after a failure go on with the command that failed. First of all:',
    block(shell.prelude({ region: config.region, folder: FOLDER })),
    ...toCliSections(commands.sections).flatMap((section) => [
      `## ${section.title}`,
      section.about,
      section.title === WATCH_TITLE
        ? `${String(alarms.length)} alarms, the topic that they are told to, and the dashboard fill more lines than anybody reads: they are in what the command above prints.`
        : block(textOf(section, shell)),
    ]),
    '## The webhook, and a look at everything',
    'Stripe tells the secret of an endpoint once: the first command stores it. The second says in one line each what is wrong.',
    lines(
      `npm run webhook:register -- --stage ${stage} --url "${url}/stripe/webhook"`,
      `npm run doctor -- --stage ${stage} --api-url "${url}"`,
    ),
    '## A new version',
    '`npm run build`, then for each function its code and, where the configuration has changed, its variables; for example:',
    block(textOf({ commands: updateCalls(stage).map(toCliCommand), lines: [] }, shell)),
    '## Taking it down',
    `The tables, the user pool and the secrets stay, and so does everything at Stripe: subscriptions go on being paid. The trigger goes first, since a pool that calls a function which is gone lets nobody sign up.`,
    block(removalBlock(commands, shell)),
  ].join('\n\n')}\n`;
}

function updateCalls(stage: string): readonly Call[] {
  const name = 'checkout';
  const FunctionName = `predixa-${stage}-${name}`;
  const environment = `file://${FOLDER}/${name}-environment.json`;
  const common = { service: 'lambda', label: name };
  return [
    {
      ...common,
      operation: 'update-function-code',
      input: { FunctionName },
      blobs: { ZipFile: `dist/functions/${name}.zip` },
    },
    { ...common, operation: 'wait function-updated-v2', input: { FunctionName } },
    {
      ...common,
      operation: 'update-function-configuration',
      input: { FunctionName, Environment: environment },
    },
  ];
}

function removalBlock({ stage, config, sections }: Commands, shell: Shell): string {
  const off = `npm run pool:trigger -- --stage ${stage} --account ${inlineVariable('ACCOUNT')} --remove`;
  const removal = removalOf(
    stage,
    sections.flatMap(({ calls }) => calls),
  ).map(toCliCommand);
  if (config.pool.kind === 'existing')
    return [shell.line(off), textOf({ commands: removal, lines: [] }, shell)].join('\n');
  const find: Call = {
    service: 'cognito-idp',
    operation: 'list-user-pools',
    input: { MaxResults: 60 },
    label: 'removal',
    into: { name: variables.pool, query: `UserPools[?Name=='${poolNameOf(stage)}'].Id` },
  };
  return [
    textOf(
      { commands: [toCliCommand(find)], lines: [`${off} --pool ${inlineVariable(variables.pool)}`] },
      shell,
    ),
    textOf({ commands: removal, lines: [] }, shell),
  ].join('\n');
}
