/** What fixes a stage in AWS: commands with the region in them, since the shell's own may be another. */
import type { StageConfig } from '../../infra/config.ts';
import { functionNameOf, logGroupNameOf } from '../../infra/names.ts';
import type { Fixes } from './installation.ts';
import { arnIn } from './live-roles.ts';

export interface FixTarget {
  readonly stage: string;
  readonly config: StageConfig;
  /** Not by the CDK of this repository. */
  readonly byHand: boolean;
  /** Of the trigger, once it is known. */
  readonly triggerArn: () => string;
}

export function liveFixes({ stage, config, byHand, triggerArn }: FixTarget): Fixes {
  const { region, secrets, pool } = config;
  const aws = (command: string) => `aws ${command} --region ${region}`;
  const trigger = functionNameOf(stage, 'post-confirmation');
  const deploy = `npm run deploy -- --stage ${stage}`;
  // A plain deployment compares templates: what somebody changed by hand it does not see.
  const repair = byHand ? 'make it again by the commands of docs/deploy.md' : `${deploy} --revert-drift`;
  const register = `npm run webhook:register -- --stage ${stage}`;
  const keyFile = 'file://key.txt';
  return {
    reach: `npm run doctor -- --stage ${stage}, once it can be reached from here`,
    allow: 'credentials that may look: docs/doctor.md lists what they need',
    deploy,
    repair,
    configure: byHand
      ? aws('lambda update-function-configuration --environment file://environment.json --function-name NAME')
      : `set it in infra/config.ts, then ${deploy}`,
    registerWebhook: register,
    finishRoll: `${register} --finish`,
    awaitSecret: `npm run doctor -- --stage ${stage}, in a minute: the function reads a new secret by then`,
    setApiKey: aws(
      `secretsmanager put-secret-value --secret-id ${secrets.stripeApiKey} --secret-string ${keyFile}`,
    ),
    createApiKey: aws(
      `secretsmanager create-secret --name ${secrets.stripeApiKey} --secret-string ${keyFile}`,
    ),
    widenApiKey: 'https://dashboard.stripe.com/apikeys: edit the key’s permissions',
    createTrialKey: aws(
      `secretsmanager create-secret --name ${secrets.trialHashKey} --secret-string "$(aws secretsmanager get-random-password --password-length 64 --exclude-punctuation --query RandomPassword --output text)"`,
    ),
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
        ? // The command that could do it sets every other setting of the pool back to its default.
          `Cognito’s console, user pool ${poolId}, Extensions: add ${trigger} as the post-confirmation trigger`
        : repair,
    permitTrigger: (poolId) =>
      aws(
        `lambda add-permission --function-name ${trigger} --statement-id pool-${poolId} --action lambda:InvokeFunction --principal cognito-idp.amazonaws.com --source-arn ${arnIn(triggerArn(), 'cognito-idp', `userpool/${poolId}`)}`,
      ),
    detach: (role, policyArn) => `aws iam detach-role-policy --role-name ${role} --policy-arn ${policyArn}`,
    dropPolicy: (role, policy) => `aws iam delete-role-policy --role-name ${role} --policy-name ${policy}`,
  };
}
