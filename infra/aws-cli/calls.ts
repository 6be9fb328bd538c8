/** Maps each resource type to the AWS calls that CloudFormation would make to create it. */
import { queue, queuePolicy, schedule, table } from './calls-data.ts';
import { api, apiStage, authorizer, integration, pool, poolClient, route } from './calls-front.ts';
import {
  eventSource,
  invokeConfig,
  lambdaFunction,
  logGroup,
  permission,
  policy,
  role,
} from './calls-functions.ts';
import { alarm, dashboard, subscription, topic, topicPolicy } from './calls-watch.ts';
import type { Call } from './step.ts';
import type { Resource } from './template.ts';
import type { Translate } from './translate.ts';

const translations: Readonly<Record<string, Translate>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::EventInvokeConfig': invokeConfig,
  'AWS::Lambda::EventSourceMapping': eventSource,
  'AWS::Lambda::Permission': permission,
  'AWS::Cognito::UserPool': pool,
  'AWS::Cognito::UserPoolClient': poolClient,
  'AWS::ApiGatewayV2::Api': api,
  'AWS::ApiGatewayV2::Authorizer': authorizer,
  'AWS::ApiGatewayV2::Integration': integration,
  'AWS::ApiGatewayV2::Route': route,
  'AWS::ApiGatewayV2::Stage': apiStage,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SNS::Subscription': subscription,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::Dashboard': dashboard,
};

/** Returns the calls that create a resource. Throws for an unknown type, so that no resource is left out silently. */
export function callsFor({ type, properties }: Resource, stage: string): readonly Call[] {
  const translate = translations[type];
  if (translate === undefined)
    throw new Error(`No AWS CLI calls are defined for ${type}. Add a translation in infra/aws-cli/calls.ts.`);
  return translate(properties, stage);
}
