/** A stage of infra/config.ts, for commands that work on one in AWS. */
import { type StageConfig, type StageName, stages } from '../../infra/config.ts';
import { UsageError } from './command.ts';

export interface Stage {
  readonly name: StageName;
  readonly config: StageConfig;
}

/** From here on, the AWS SDK and the AWS CLI ask the stage's own region, whatever the shell's is. */
export function useStage(name: string, profile?: string): Stage {
  const known = (Object.keys(stages) as StageName[]).find((one) => one === name);
  if (known === undefined)
    throw new UsageError(`--stage is one of ${Object.keys(stages).join(', ')}, not ${name}`);
  const config = stages[known];
  process.env['AWS_REGION'] = config.region;
  if (profile !== undefined) {
    // The CLI would take keys of the environment before a profile that stands there too.
    for (const key of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
      delete process.env[key];
    process.env['AWS_PROFILE'] = profile;
  }
  return { name: known, config };
}
