/** The sections in the words of one shell, as a script to run. */
import type { StageConfig } from '../config.ts';
import { type Command, FOLDER, toCliCommand } from './cli-command.ts';
import { variables } from './naming.ts';
import type { Shell } from './shell.ts';
import { type Section, variable } from './step.ts';

export interface Commands {
  readonly stage: string;
  readonly config: StageConfig;
  readonly sections: readonly Section[];
}

export interface CliSection extends Pick<Section, 'title' | 'about'> {
  readonly commands: readonly Command[];
  readonly lines: readonly string[];
}

/** To be run from the project's folder, once everything is built. */
export function scriptOf({ stage, config, sections }: Commands, shell: Shell): string {
  return [
    `# Predixa Auth & Billing, stage ${stage}. Written by: npm run aws-cli -- --stage ${stage} --shell ${shell.name}`,
    shell.prelude({ region: config.region, folder: FOLDER }),
    ...toCliSections(sections).map((section) => `# ${section.title}\n${textOf(section, shell)}`),
    `${shell.report(createdResources(config))}\n`,
  ].join('\n\n');
}

/** A file that several commands name is written once. */
export function toCliSections(sections: readonly Section[]): readonly CliSection[] {
  const written = new Map<string, string>();
  return sections.map(({ title, about, calls, lines = [] }) => ({
    title,
    about,
    lines,
    commands: calls.map((call) => {
      const { files, ...command } = toCliCommand(call);
      const due = files.filter(({ path, content }) => written.get(path) !== content);
      for (const { path, content } of due) {
        if (written.has(path)) throw new Error(`Two files would be called ${path}`);
        written.set(path, content);
      }
      return { ...command, files: due };
    }),
  }));
}

export function textOf({ commands, lines }: Pick<CliSection, 'commands' | 'lines'>, shell: Shell): string {
  return [
    ...commands.map((command) => shell.command(command)),
    ...lines.map((line) => shell.line(line)),
  ].join('\n');
}

/** Without a slash at its end. */
export const apiUrlIn = ({ region }: StageConfig, apiId: string): string =>
  `https://${apiId}.execute-api.${region}.amazonaws.com`;

function createdResources(config: StageConfig): Readonly<Record<string, string>> {
  return {
    API: apiUrlIn(config, variable(variables.api)),
    ...(config.pool.kind === 'existing'
      ? {}
      : { 'User pool': variable(variables.pool), 'App client': variable(variables.client) }),
  };
}
