/** Translates log groups, roles and functions into CLI calls. */
import { scheduleRole, toUpperSnake } from './naming.ts';
import { textIn, type Value } from './step.ts';
import { nameIn, pick, shortName, type Translate, without } from './translate.ts';

export const logGroup: Translate = (properties) => {
  const logGroupName = properties['LogGroupName'] as string;
  const label = nameIn(logGroupName);
  const retentionInDays = properties['RetentionInDays'] as number;
  return [
    { service: 'logs', operation: 'create-log-group', input: { logGroupName }, label },
    { service: 'logs', operation: 'put-retention-policy', input: { logGroupName, retentionInDays }, label },
  ];
};

export const role: Translate = (properties, stage) => {
  const RoleName = (properties['RoleName'] ?? scheduleRole(stage)) as string;
  return [
    {
      service: 'iam',
      operation: 'create-role',
      input: { RoleName },
      documents: {
        AssumeRolePolicyDocument: {
          // All functions share one trust policy.
          file: properties['RoleName'] === undefined ? 'schedule-trust' : 'lambda-trust',
          content: properties['AssumeRolePolicyDocument'] as Value,
        },
      },
      label: shortName(RoleName, stage),
    },
  ];
};

export const policy: Translate = (properties, stage) =>
  (properties['Roles'] as readonly string[]).map((RoleName) => ({
    service: 'iam',
    operation: 'put-role-policy',
    input: { RoleName, PolicyName: 'permissions' },
    documents: {
      PolicyDocument: {
        file: `${shortName(RoleName, stage)}-policy`,
        content: properties['PolicyDocument'] as Value,
      },
    },
    label: shortName(RoleName, stage),
  }));

export const lambdaFunction: Translate = (properties, stage) => {
  const FunctionName = properties['FunctionName'] as string;
  const name = shortName(FunctionName, stage);
  const concurrency = properties['ReservedConcurrentExecutions'] as number | undefined;
  const order = ['FunctionName', 'Runtime', 'Architectures', 'Handler', 'MemorySize', 'Timeout', 'Role'];
  return [
    {
      service: 'lambda',
      operation: 'create-function',
      input: {
        ...pick(properties, ...order),
        ...without(properties, ...order, 'Code', 'ReservedConcurrentExecutions'),
      },
      blobs: { ZipFile: `dist/functions/${name}.zip` },
      label: name,
      waitUntilReady: true,
    },
    { service: 'lambda', operation: 'wait function-active-v2', input: { FunctionName }, label: name },
    ...(concurrency === undefined
      ? []
      : [
          {
            service: 'lambda',
            operation: 'put-function-concurrency',
            input: { FunctionName, ReservedConcurrentExecutions: concurrency },
            label: name,
          },
        ]),
  ];
};

export const invokeConfig: Translate = (properties, stage) => [
  {
    service: 'lambda',
    operation: 'put-function-event-invoke-config',
    // Without a qualifier the configuration applies to the latest version.
    input: without(properties, 'Qualifier'),
    label: shortName(properties['FunctionName'], stage),
  },
];

export const eventSource: Translate = (properties) => [
  {
    service: 'lambda',
    operation: 'create-event-source-mapping',
    input: {
      ...pick(properties, 'FunctionName', 'EventSourceArn', 'BatchSize'),
      ...without(properties, 'FunctionName', 'EventSourceArn', 'BatchSize'),
    },
    label: 'event-source',
    waitUntilReady: true,
  },
];

export const permission: Translate = (properties, stage) => {
  const FunctionName = nameIn(properties['FunctionName']);
  const path = /\*\/\*(?<path>\/.*)$/.exec(textIn(properties['SourceArn']))?.groups?.['path'];
  const StatementId = path === undefined ? 'sign-up' : toUpperSnake(path).toLowerCase().replaceAll('_', '-');
  const input = { FunctionName, StatementId, ...without(properties, 'FunctionName') };
  return [{ service: 'lambda', operation: 'add-permission', input, label: shortName(FunctionName, stage) }];
};
