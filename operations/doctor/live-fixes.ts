/** The fixes for a stage in AWS. Commands name the region, because the shell's default may be another one. */
import type { StageConfig } from '../../infra/config.ts';
import { functionNameOf, logGroupNameOf } from '../../infra/names.ts';
import { ADOPT, type Fixes, type StoreFixes } from './installation.ts';
import { arnIn } from './live-roles.ts';

export interface FixTarget {
  readonly stage: string;
  readonly config: StageConfig;
  /** Whether the stage was deployed without the CDK. */
  readonly byHand: boolean;
  /** Returns the trigger's ARN, once it is known. */
  readonly triggerArn: () => string;
}

export function liveFixes({ stage, config, byHand, triggerArn }: FixTarget): Fixes {
  const { region, secrets, pool } = config;
  const aws = (command: string) => `aws ${command} --region ${region}`;
  const trigger = functionNameOf(stage, 'post-confirmation');
  const deploy = `npm run deploy -- --stage ${stage}`;
  // A normal deployment only compares templates and does not detect manual changes.
  const repair = byHand
    ? 'create it again with the AWS CLI commands (see docs/deploy.md)'
    : `${deploy} --revert-drift`;
  const register = `npm run webhook:register -- --stage ${stage}`;
  const keyFile = 'file://key.txt';
  return {
    reach: `check the network, then run npm run doctor -- --stage ${stage} again`,
    allow: 'use credentials with the permissions listed in docs/doctor.md',
    deploy,
    repair,
    configure: byHand
      ? aws('lambda update-function-configuration --environment file://environment.json --function-name NAME')
      : `set it in infra/config.ts, then run ${deploy}`,
    registerWebhook: register,
    finishRoll: `${register} --finish`,
    awaitSecret: `wait a minute for the function to read the new secret, then run npm run doctor -- --stage ${stage} again`,
    setApiKey: aws(
      `secretsmanager put-secret-value --secret-id ${secrets.stripeApiKey} --secret-string ${keyFile}`,
    ),
    createApiKey: aws(
      `secretsmanager create-secret --name ${secrets.stripeApiKey} --secret-string ${keyFile}`,
    ),
    widenApiKey: 'edit the key’s permissions at https://dashboard.stripe.com/apikeys',
    createTrialKey: aws(
      `secretsmanager create-secret --name ${secrets.trialHashKey} --secret-string "$(aws secretsmanager get-random-password --password-length 64 --exclude-punctuation --query RandomPassword --output text)"`,
    ),
    stores: storeFixes({ register: `${register} --payer revenuecat`, secret: secrets.revenueCatApiKey, aws }),
    adopt: ADOPT,
    reconcile: aws(
      `lambda invoke --function-name ${functionNameOf(stage, 'reconcile')} --invocation-type Event answer.json`,
    ),
    log: (name) => aws(`logs tail ${logGroupNameOf(stage, name)} --since 10m`),
    recover: (table) =>
      aws(
        `dynamodb update-continuous-backups --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      ),
    protect: (table) => aws(`dynamodb update-table --table-name ${table} --deletion-protection-enabled`),
    setTrigger: (poolId) =>
      byHand || pool.kind === 'existing'
        ? // The AWS CLI command for this would reset every other setting of the pool to its default.
          `in the Cognito console, open user pool ${poolId}, Extensions, and add ${trigger} as the post-confirmation trigger`
        : repair,
    permitTrigger: (poolId) =>
      aws(
        `lambda add-permission --function-name ${trigger} --statement-id pool-${poolId} --action lambda:InvokeFunction --principal cognito-idp.amazonaws.com --source-arn ${arnIn(triggerArn(), 'cognito-idp', `userpool/${poolId}`)}`,
      ),
    detach: (role, policyArn) => `aws iam detach-role-policy --role-name ${role} --policy-arn ${policyArn}`,
    dropPolicy: (role, policy) => `aws iam delete-role-policy --role-name ${role} --policy-name ${policy}`,
  };
}

interface StoreCommands {
  readonly register: string;
  /** The name of the secret with the API key. */
  readonly secret: string;
  readonly aws: (command: string) => string;
}

function storeFixes({ register, secret, aws }: StoreCommands): StoreFixes {
  const setKey = aws(
    `secretsmanager put-secret-value --secret-id ${secret} --secret-string file://revenuecat-key.txt`,
  );
  return {
    createKey: aws(`secretsmanager create-secret --name ${secret} --secret-string file://revenuecat-key.txt`),
    setKey,
    widenKey: `make a key with the permissions that docs/deploy.md lists, then run ${setKey}`,
    registerWebhook: register,
    rollHeader: `${register} --roll`,
    finishRoll: `${register} --finish`,
  };
}
