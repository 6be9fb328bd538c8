/** What the rules of AwsSolutions find fault with and we keep: where, and why. */
import { type Stack, Validations } from 'aws-cdk-lib';

interface Acknowledgement {
  /** Of the construct, from the stack on. */
  readonly path: RegExp;
  readonly rule: string;
  readonly reason: string;
}

const acknowledgements: readonly Acknowledgement[] = [
  {
    path: /^Pool\/Pool\/Resource$/,
    rule: 'COG2',
    reason: 'People may turn on a second factor. To demand one of everybody is a decision of the app.',
  },
  {
    path: /^Pool\/Pool\/Resource$/,
    rule: 'COG8',
    reason: 'The plan decides most of the bill, so it is configured: infra/config.ts, pool.plan.',
  },
  {
    path: /^Http\/Api\/POST--stripe--webhook\/Resource$/,
    rule: 'APIG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery.',
  },
  {
    path: /^Rest\/Api\/Default\/stripe\/webhook\/POST\/Resource$/,
    rule: 'APIG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery.',
  },
  {
    path: /^Rest\/Api\/Default\/stripe\/webhook\/POST\/Resource$/,
    rule: 'COG4',
    reason: 'Stripe has no token of the pool. The function verifies the signature of every delivery.',
  },
  {
    path: /^Rest\/Api\/Resource$/,
    rule: 'APIG2',
    reason: 'The functions check what they are sent themselves, the same over both kinds of API.',
  },
  {
    path: /^Rest\/Api\/DeploymentStage\.test\/Resource$/,
    rule: 'APIG3',
    reason:
      'A web ACL costs by the month and the request, and its rules are those of the whole organisation.',
  },
  {
    path: /^Rest\/Api\/DeploymentStage\.test\/Resource$/,
    rule: 'APIG6',
    reason:
      'Execution logs go to a group that never forgets and may hold headers. The access log tells who was refused.',
  },
  {
    path: /^Rest\/Api\/CloudWatchRole\/Resource$/,
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason: 'The policy that API Gateway asks for, in a role that all REST APIs of the account share.',
  },
  {
    path: /^Reconcile\/DeadLetters\/Resource$/,
    rule: 'SQS3',
    reason: 'It is a dead-letter queue: of the schedule, and of the runs that failed.',
  },
  {
    path: /^SchedulerRoleForTarget-\w+\/DefaultPolicy\/Resource$/,
    rule: 'IAM5[Resource::<FunctionsreconcileFunction55EE86C7.Arn>:*]',
    reason: 'Versions and aliases of this one function, as the library grants every invocation.',
  },
];

/** Returns what it acknowledged, as `path rule`. */
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
