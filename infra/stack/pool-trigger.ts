/** Adds the trigger to an existing pool, and removes it when the stack is deleted. */
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  RuntimeFamily,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PoolChoice } from '../config.ts';
import { ARCHITECTURE, HANDLER, RUNTIME } from '../functions.ts';
import { bundled } from './bundle.ts';
import { logGroup } from './log-group.ts';

/** The retention of the log, which gets a few lines per deployment. */
const LOG_RETENTION_DAYS = 90;

const TIMEOUT = Duration.minutes(1);

export interface PoolTriggerProps {
  readonly choice: Extract<PoolChoice, { kind: 'existing' }>;
  readonly poolArn: string;
  readonly functionArn: string;
}

export class PoolTrigger extends Construct {
  constructor(scope: Construct, id: string, props: PoolTriggerProps) {
    super(scope, id);
    const { choice, functionArn } = props;
    const name = `${Stack.of(this).stackName}-trigger-of-${choice.userPoolId}`;
    const log = logGroup(this, 'Log', { name: `/aws/lambda/${name}`, retentionDays: LOG_RETENTION_DAYS });
    const role = this.#role(log, props);
    const writer = new LambdaFunction(this, 'Writer', {
      functionName: name,
      description: "Adds the post-confirmation trigger to the pool's settings.",
      runtime: new Runtime(RUNTIME, RuntimeFamily.NODEJS),
      architecture: Architecture.custom(ARCHITECTURE),
      handler: HANDLER,
      code: bundled('infra/pool-trigger'),
      memorySize: 256,
      timeout: TIMEOUT,
      role,
      loggingFormat: LoggingFormat.JSON,
      logGroup: log,
    });
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: writer.functionArn,
      resourceType: 'Custom::PoolTrigger',
      // By default CloudFormation waits an hour for a response.
      serviceTimeout: Duration.minutes(5),
      properties: {
        UserPoolId: choice.userPoolId,
        FunctionArn: functionArn,
        ReplaceTrigger: String(choice.replaceTrigger === true),
      },
    });
    // The permissions must exist before the resource, and until it is deleted.
    resource.node.addDependency(role);
  }

  #role(log: LogGroup, { choice, poolArn }: PoolTriggerProps): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], log.logGroupArn);
    allow(['cognito-idp:DescribeUserPool', 'cognito-idp:UpdateUserPool'], poolArn);
    if (choice.smsRoleArn !== undefined) allow(['iam:PassRole'], choice.smsRoleArn);
    if (choice.senderKeyArn !== undefined) allow(['kms:CreateGrant'], choice.senderKeyArn);
    return role;
  }
}
