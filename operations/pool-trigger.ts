/** `npm run pool:trigger`: makes a user pool call our function after each sign-up, and changes no other setting. */
import { parseArgs } from 'node:util';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { StageConfig } from '../infra/config.ts';
import { functionNameOf } from '../infra/names.ts';
import { changeTrigger } from '../infra/pool-trigger/handler.ts';
import { createPoolSettings } from '../infra/pool-trigger/pool-settings.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { useStage } from './cli/stage.ts';

const HELP = `npm run pool:trigger -- --stage prod --account ID [options]

Makes the stage's user pool call our function after each sign-up. Use it for deployments without the CDK; npm run deploy
does this itself. All other settings of the pool are read and sent back, because UpdateUserPool resets omitted ones.

  --stage STAGE  a stage of infra/config.ts
  --account ID   the AWS account id, twelve digits (see aws sts get-caller-identity)
  --pool ID      the pool, if infra/config.ts does not name it
  --remove       removes the trigger; run this before you delete the function
  --replace      replaces another function that the pool calls now`;

const options = {
  stage: { type: 'string' },
  account: { type: 'string' },
  pool: { type: 'string' },
  remove: { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const { stage, account } = values;
  if (stage === undefined)
    throw new UsageError('--stage is missing. Example: npm run pool:trigger -- --stage prod --account ID');
  if (account === undefined || !/^\d{12}$/.test(account))
    throw new UsageError(
      '--account must be the AWS account id, twelve digits. See aws sts get-caller-identity',
    );
  const { name, config } = useStage(stage);
  const { region } = config;
  const functionName = functionNameOf(name, 'post-confirmation');
  const { status, reason } = await changeTrigger(
    createPoolSettings(new CognitoIdentityProviderClient({ region, maxAttempts: 2 })),
    {
      RequestType: values.remove ? 'Delete' : 'Create',
      ResourceProperties: {
        UserPoolId: poolIn(config, values.pool),
        FunctionArn: `arn:aws:lambda:${region}:${account}:function:${functionName}`,
        ReplaceTrigger: String(values.replace || replaces(config)),
      },
    },
  );
  if (status === 'FAILED') throw new UsageError(reason);
  console.log(reason);
}

function poolIn({ pool, region }: StageConfig, named: string | undefined): string {
  const id = named ?? (pool.kind === 'existing' ? pool.userPoolId : undefined);
  if (id?.startsWith(`${region}_`)) return id;
  throw new UsageError(
    id === undefined
      ? 'infra/config.ts names no pool. Pass its id with --pool.'
      : `${id} is not a user pool in ${region}.`,
  );
}

const replaces = ({ pool }: StageConfig): boolean => pool.kind === 'existing' && pool.replaceTrigger === true;

runCommand(main);
