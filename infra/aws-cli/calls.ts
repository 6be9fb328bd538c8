/** How each kind of resource is made by hand: the calls of AWS that CloudFormation would make for it. */
import { queue, queuePolicy, schedule, table } from './calls-data.ts';
import { api, apiStage, authorizer, integration, pool, poolClient, route } from './calls-front.ts';
import { invokeConfig, lambdaFunction, logGroup, permission, policy, role } from './calls-functions.ts';
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

/** Throws for a kind of resource that is not known here: nothing of the stack is left out unnoticed. */
export function callsFor({ type, properties }: Resource, stage: string): readonly Call[] {
  const translate = translations[type];
  if (translate === undefined) throw new Error(`How to make ${type} by hand is not written down`);
  return translate(properties, stage);
}
