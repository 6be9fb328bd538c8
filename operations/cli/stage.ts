/** A stage of infra/config.ts, for commands that work on an installation in AWS. */
import { type StageConfig, type StageName, stages } from '../../infra/config.ts';
import { UsageError } from './command.ts';

export interface Stage {
  readonly name: StageName;
  readonly config: StageConfig;
}

const staticCredentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Points the AWS SDK and the AWS CLI at the stage's region, and at the profile if there is one. */
export function useStage(name: string, profile?: string): Stage {
  const known = (Object.keys(stages) as StageName[]).find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UsageError(`--stage must be one of ${Object.keys(stages).join(', ')}, not ${name}`);
  }
  const config = stages[known];
  process.env['AWS_REGION'] = config.region;
  if (profile !== undefined) {
    // The AWS CLI prefers keys from the environment to a profile that is set there too.
    for (const key of staticCredentials) delete process.env[key];
    process.env['AWS_PROFILE'] = profile;
  }
  return { name: known, config };
}
