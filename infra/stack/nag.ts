/** Acknowledges findings of the cdk-nag AwsSolutions rules that we accept, with the reason for each. */
import { type Stack, Validations } from 'aws-cdk-lib';

interface Acknowledgement {
  /** The construct's path below the stack. */
  readonly path: RegExp;
  readonly rule: string;
  readonly reason: string;
}

const acknowledgements: readonly Acknowledgement[] = [
  {
    path: /^Pool\/Pool\/Resource$/,
    rule: 'COG2',
    reason: 'Users may enable MFA. Whether to require it is a decision of the app.',
  },
  {
    path: /^Pool\/Pool\/Resource$/,
    rule: 'COG8',
    reason: 'The plan determines most of the cost, so it is configurable: infra/config.ts, pool.plan.',
  },
  {
    path: /^Http\/Api\/POST--stripe--webhook\/Resource$/,
    rule: 'APIG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery instead.',
  },
  {
    path: /^Rest\/Api\/Default\/stripe\/webhook\/POST\/Resource$/,
    rule: 'APIG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery instead.',
  },
  {
    path: /^Rest\/Api\/Default\/stripe\/webhook\/POST\/Resource$/,
    rule: 'COG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery instead.',
  },
  {
    path: /^Http\/Api\/POST--revenuecat--webhook\/Resource$/,
    rule: 'APIG4',
    reason:
      'RevenueCat has no token of the pool. The function compares the shared header of every delivery instead.',
  },
  {
    path: /^Rest\/Api\/Default\/revenuecat\/webhook\/POST\/Resource$/,
    rule: 'APIG4',
    reason:
      'RevenueCat has no token of the pool. The function compares the shared header of every delivery instead.',
  },
  {
    path: /^Rest\/Api\/Default\/revenuecat\/webhook\/POST\/Resource$/,
    rule: 'COG4',
    reason:
      'RevenueCat has no token of the pool. The function compares the shared header of every delivery instead.',
  },
  {
    path: /^Http\/Api\/GET--prices\/Resource$/,
    rule: 'APIG4',
    reason: 'A pricing page is for people without an account. The answer is the same for everyone.',
  },
  {
    path: /^Rest\/Api\/Default\/prices\/GET\/Resource$/,
    rule: 'APIG4',
    reason: 'A pricing page is for people without an account. The answer is the same for everyone.',
  },
  {
    path: /^Rest\/Api\/Default\/prices\/GET\/Resource$/,
    rule: 'COG4',
    reason: 'A pricing page is for people without an account. The answer is the same for everyone.',
  },
  {
    path: /^Rest\/Api\/Resource$/,
    rule: 'APIG2',
    reason: 'The functions validate their requests themselves, in the same way for both kinds of API.',
  },
  {
    path: /^Rest\/Api\/DeploymentStage\.test\/Resource$/,
    rule: 'APIG3',
    reason: 'A web ACL has a monthly and a per-request cost, and its rules belong to the organization.',
  },
  {
    path: /^Rest\/Api\/DeploymentStage\.test\/Resource$/,
    rule: 'APIG6',
    reason: 'Execution logs never expire and may contain headers. The access log shows rejected requests.',
  },
  {
    path: /^Rest\/Api\/CloudWatchRole\/Resource$/,
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason: 'API Gateway requires this managed policy in the role that all REST APIs of the account share.',
  },
  {
    path: /^Reconcile\/DeadLetters\/Resource$/,
    rule: 'SQS3',
    reason: 'This queue is itself the dead-letter queue of the schedule and of failed runs.',
  },
  {
    path: /^SchedulerRoleForTarget-\w+\/DefaultPolicy\/Resource$/,
    rule: 'IAM5[Resource::<FunctionsreconcileFunction55EE86C7.Arn>:*]',
    reason: 'The CDK grants invocation of all versions and aliases of this one function.',
  },
];

/** Acknowledges the findings and returns them as `path rule`. */
export function acknowledgeFindings(stack: Stack): readonly string[] {
  return acknowledgements.flatMap(({ path, rule, reason }) =>
    stack.node
      .findAll()
      .filter((construct) => path.test(pathWithin(stack, construct.node.path)))
      .map((construct) => {
        Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
        return `${pathWithin(stack, construct.node.path)} AwsSolutions-${rule}`;
      }),
  );
}

export function pathWithin(stack: Stack, path: string): string {
  return path.slice(stack.node.path.length + 1);
}
