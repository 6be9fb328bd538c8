/** Names each created resource: by its own name, or by the id that AWS returned. */
import { textIn, variable } from './step.ts';
import type { Naming, ResourceNames } from './template.ts';

/** Converts `POST /me/checkout-session` to `POST_ME_CHECKOUT_SESSION`. */
export const toUpperSnake = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .toUpperCase();

export const variables = {
  pool: 'POOL_ID',
  client: 'CLIENT_ID',
  api: 'API_ID',
  authorizer: 'AUTHORIZER_ID',
} as const;

/** Returns the name of the one role that has none in the template. */
export const scheduleRole = (stage: string): string => `predixa-${stage}-reconcile-schedule`;

export function namingOf(stage: string, region: string): Naming {
  const arn = (service: string, rest: string): string =>
    `arn:aws:${service}:${region}:${variable('ACCOUNT')}:${rest}`;
  return (id, { Type, Properties }, resolve): ResourceNames => {
    const text = (name: string): string => textIn(resolve(Properties[name]));
    switch (Type) {
      case 'AWS::Cognito::UserPool': {
        const ref = variable(variables.pool);
        return { ref, arn: arn('cognito-idp', `userpool/${ref}`) };
      }
      case 'AWS::Cognito::UserPoolClient':
        return { ref: variable(variables.client) };
      case 'AWS::Lambda::Function':
        return { ref: text('FunctionName'), arn: arn('lambda', `function:${text('FunctionName')}`) };
      case 'AWS::Logs::LogGroup':
        return { ref: text('LogGroupName'), arn: arn('logs', `log-group:${text('LogGroupName')}:*`) };
      case 'AWS::IAM::Role': {
        const ref = Properties['RoleName'] === undefined ? scheduleRole(stage) : text('RoleName');
        return { ref, arn: `arn:aws:iam::${variable('ACCOUNT')}:role/${ref}` };
      }
      case 'AWS::SQS::Queue':
        return { ref: variable(queueUrlOf(stage, text('QueueName'))), arn: arn('sqs', text('QueueName')) };
      case 'AWS::SNS::Topic': {
        const own = arn('sns', text('TopicName'));
        return { ref: own, arn: own };
      }
      case 'AWS::CloudWatch::Alarm':
        return { ref: text('AlarmName'), arn: arn('cloudwatch', `alarm:${text('AlarmName')}`) };
      case 'AWS::ApiGatewayV2::Api':
        return { ref: variable(variables.api) };
      case 'AWS::ApiGatewayV2::Authorizer':
        return { ref: variable(variables.authorizer) };
      case 'AWS::ApiGatewayV2::Integration':
        return { ref: variable(integrationOf(stage, text('IntegrationUri'))) };
      default:
        throw new Error(
          `The template refers to ${id} of the type ${Type}, which has no name here. Add it in infra/aws-cli/naming.ts.`,
        );
    }
  };
}

/** One for each function, however many routes it has: `INTEGRATION_CHECKOUT`. */
export function integrationOf(stage: string, uri: string): string {
  return `INTEGRATION_${toUpperSnake(uri.slice(uri.lastIndexOf(':') + 1).replace(`predixa-${stage}-`, ''))}`;
}

/** The variable that holds the URL of a queue: `QUEUE_URL` for the failed runs of `reconcile`, `STRIPE_EVENTS_URL`. */
export function queueUrlOf(stage: string, name: string): string {
  const short = name.replace(`predixa-${stage}-`, '').replace(/\.fifo$/, '');
  return short === 'reconcile-dead-letters' ? 'QUEUE_URL' : `${toUpperSnake(short)}_URL`;
}
