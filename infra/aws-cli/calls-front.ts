/** Translates the user pool and the API into CLI calls. */
import { integrationOf, toUpperSnake, variables } from './naming.ts';
import { textIn } from './step.ts';
import { type Properties, pick, type Translate, without } from './translate.ts';

export const pool: Translate = (properties) => {
  const { UserPoolName, ...others } = without(properties, 'EnabledMfas', 'MfaConfiguration');
  const UserPoolId = `{{${variables.pool}}}`;
  return [
    {
      service: 'cognito-idp',
      operation: 'create-user-pool',
      input: { PoolName: UserPoolName as string, ...others },
      label: 'pool',
      into: { name: variables.pool, query: 'UserPool.Id' },
    },
    {
      service: 'cognito-idp',
      operation: 'set-user-pool-mfa-config',
      input: {
        UserPoolId,
        SoftwareTokenMfaConfiguration: { Enabled: true },
        ...pick(properties, 'MfaConfiguration'),
      },
      label: 'pool',
    },
  ];
};

export const poolClient: Translate = (properties) => [
  {
    service: 'cognito-idp',
    operation: 'create-user-pool-client',
    input: { UserPoolId: properties['UserPoolId'] as string, ClientName: 'app', ...properties },
    label: 'client',
    into: { name: variables.client, query: 'UserPoolClient.ClientId' },
  },
];

export const api: Translate = (properties) => [
  {
    service: 'apigatewayv2',
    operation: 'create-api',
    input: pick(properties, 'Name', 'ProtocolType', 'CorsConfiguration'),
    label: 'api',
    into: { name: variables.api, query: 'ApiId' },
  },
];

export const authorizer: Translate = (properties) => [
  {
    service: 'apigatewayv2',
    operation: 'create-authorizer',
    input: properties,
    label: 'authorizer',
    into: { name: variables.authorizer, query: 'AuthorizerId' },
  },
];

export const integration: Translate = (properties, stage) => {
  const name = integrationOf(stage, textIn(properties['IntegrationUri']));
  return [
    {
      service: 'apigatewayv2',
      operation: 'create-integration',
      input: properties,
      label: name.toLowerCase(),
      into: { name, query: 'IntegrationId' },
    },
  ];
};

export const route: Translate = (properties) => [
  {
    service: 'apigatewayv2',
    operation: 'create-route',
    input: { ...pick(properties, 'ApiId', 'RouteKey', 'Target'), ...properties },
    label: toUpperSnake(textIn(properties['RouteKey'])).toLowerCase(),
  },
];

export const apiStage: Translate = (properties) => {
  const log = properties['AccessLogSettings'] as Properties;
  // CloudFormation takes the ARN of the group's streams (`:*`); the API expects the ARN of the group.
  const AccessLogSettings = { ...log, DestinationArn: textIn(log['DestinationArn']).replace(/:\*$/, '') };
  const input = { ...pick(properties, 'ApiId', 'StageName'), ...properties, AccessLogSettings };
  return [{ service: 'apigatewayv2', operation: 'create-stage', input, label: 'stage' }];
};
