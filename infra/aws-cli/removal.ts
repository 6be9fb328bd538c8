/** Removes an installation except its data, in reverse order of creation. */
import { dashboardNameOf } from '../names.ts';
import { variables } from './naming.ts';
import { type Call, textIn, variable } from './step.ts';

/** For each creating call, the calls that remove the resource. Data and secrets have none. */
const undo: Readonly<Record<string, (made: Call) => readonly Call[]>> = {
  'scheduler create-schedule': ({ input }) => [call('scheduler', 'delete-schedule', { Name: input['Name'] })],
  'apigatewayv2 create-api': ({ input }) => [
    {
      ...call('apigatewayv2', 'get-apis', {}),
      into: { name: variables.api, query: `Items[?Name=='${textIn(input['Name'])}'].ApiId` },
    },
    call('apigatewayv2', 'delete-api', { ApiId: variable(variables.api) }),
  ],
  'lambda create-function': ({ input }) => [
    call('lambda', 'delete-function', { FunctionName: input['FunctionName'] }),
  ],
  'iam create-role': ({ input }) => [
    call('iam', 'delete-role-policy', { RoleName: input['RoleName'], PolicyName: 'permissions' }),
    call('iam', 'delete-role', { RoleName: input['RoleName'] }),
  ],
  'logs create-log-group': ({ input }) => [
    call('logs', 'delete-log-group', { logGroupName: input['logGroupName'] }),
  ],
  'lambda create-event-source-mapping': ({ input }) => [
    {
      ...call('lambda', 'list-event-source-mappings', { FunctionName: input['FunctionName'] }),
      into: { name: 'EVENT_SOURCE', query: 'EventSourceMappings[0].UUID' },
    },
    call('lambda', 'delete-event-source-mapping', { UUID: variable('EVENT_SOURCE') }),
  ],
  'sqs create-queue': ({ input }) => [
    {
      ...call('sqs', 'get-queue-url', { QueueName: input['QueueName'] }),
      into: { name: 'QUEUE_URL', query: 'QueueUrl' },
    },
    call('sqs', 'delete-queue', { QueueUrl: variable('QUEUE_URL') }),
  ],
  'sns set-topic-attributes': ({ input }) => [call('sns', 'delete-topic', { TopicArn: input['TopicArn'] })],
};

function call(service: string, operation: string, input: Readonly<Record<string, unknown>>): Call {
  return { service, operation, input: input as Call['input'], label: 'removal' };
}

export function removalOf(stage: string, made: readonly Call[]): readonly Call[] {
  const alarms = made.filter(({ operation }) => operation === 'put-metric-alarm');
  const names = alarms.map(({ input }) => textIn(input['AlarmName']));
  return [
    call('cloudwatch', 'delete-alarms', { AlarmNames: names }),
    call('cloudwatch', 'delete-dashboards', { DashboardNames: [dashboardNameOf(stage)] }),
    ...made.toReversed().flatMap((call) => undo[`${call.service} ${call.operation}`]?.(call) ?? []),
  ];
}
