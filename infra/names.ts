/** Names of AWS resources, shared by the stack, the AWS CLI commands and the operations. */
import type { FunctionName } from '../contract/functions.ts';

export const stackNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const functionNameOf = (stage: string, name: FunctionName) => `predixa-${stage}-${name}`;
export const roleNameOf = (stage: string, name: FunctionName) => `predixa-${stage}-${name}`;
export const logGroupNameOf = (stage: string, name: FunctionName) =>
  `/aws/lambda/${functionNameOf(stage, name)}`;
/** API Gateway may write to log groups with this prefix without a resource policy; an account has only ten of those. */
export const accessLogGroupNameOf = (stage: string, kind: 'http' | 'rest') =>
  `/aws/vendedlogs/predixa-${stage}-${kind}-api`;
export const apiNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const alarmNameOf = (stage: string, alarm: string) => `predixa-${stage}-${alarm}`;
export const topicNameOf = (stage: string) => `predixa-${stage}-alarms`;
export const dashboardNameOf = (stage: string) => `predixa-accounts-${stage}`;
export const deadLetterQueueNameOf = (stage: string) => `predixa-${stage}-reconcile-dead-letters`;
export const eventQueueNameOf = (stage: string) => `predixa-${stage}-stripe-events.fifo`;
export const eventDeadLetterQueueNameOf = (stage: string) =>
  `predixa-${stage}-stripe-events-dead-letters.fifo`;
export const scheduleNameOf = (stage: string) => `predixa-${stage}-reconcile`;
export const poolNameOf = (stage: string) => `predixa-${stage}`;

/** The context with which the first deployment of a stage begins without deletion protection: `false`. */
export const PROTECTS_CONTEXT = 'protects';

/** The stack's outputs, by which the operations find its resources. */
export const outputs = {
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
  alarmTopicArn: 'AlarmTopicArn',
} as const;
