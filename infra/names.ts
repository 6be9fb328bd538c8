/** What things are called in AWS: one place for the stack, the commands without it, and the tools that look at it. */
import type { FunctionName } from '../contract/functions.ts';

export const stackNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const functionNameOf = (stage: string, name: FunctionName) => `predixa-${stage}-${name}`;
export const roleNameOf = (stage: string, name: FunctionName) => `predixa-${stage}-${name}`;
export const logGroupNameOf = (stage: string, name: FunctionName) =>
  `/aws/lambda/${functionNameOf(stage, name)}`;
/** API Gateway may write to groups of this prefix without a policy of their own, of which an account has only ten. */
export const accessLogGroupNameOf = (stage: string, kind: 'http' | 'rest') =>
  `/aws/vendedlogs/predixa-${stage}-${kind}-api`;
export const apiNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const alarmNameOf = (stage: string, alarm: string) => `predixa-${stage}-${alarm}`;
export const topicNameOf = (stage: string) => `predixa-${stage}-alarms`;
export const dashboardNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const deadLetterQueueNameOf = (stage: string) => `predixa-${stage}-reconcile-dead-letters`;
export const scheduleNameOf = (stage: string) => `predixa-${stage}-reconcile`;
export const poolNameOf = (stage: string) => `predixa-${stage}`;

/** Of the stack, by which the tools find what it made. */
export const outputs = {
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
  alarmTopicArn: 'AlarmTopicArn',
} as const;
