/** Finds what a deployment would replace by something empty, or leave behind. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Resource, Resources } from './facts.ts';

export interface Replacement {
  readonly logicalId: string;
  /** What would be lost for the app, and how it comes about. */
  readonly text: string;
}

interface Kind {
  readonly what: string;
  readonly loss: string;
  /** CloudFormation makes another resource if one of these properties changes. */
  readonly fixed: readonly string[];
}

/** Resources that hold data of users, or an address that shipped apps know. */
const kinds: Readonly<Record<string, Kind>> = {
  'AWS::DynamoDB::GlobalTable': {
    what: 'table',
    loss: 'The functions would use an empty table, and every user would lose access.',
    fixed: ['TableName', 'KeySchema'],
  },
  'AWS::Cognito::UserPool': {
    what: 'user pool',
    loss: 'No user could sign in.',
    fixed: ['UsernameAttributes', 'AliasAttributes', 'UsernameConfiguration', 'Schema'],
  },
  'AWS::Cognito::UserPoolClient': {
    what: 'app client',
    loss: 'Shipped apps could not sign in.',
    fixed: ['GenerateSecret', 'UserPoolId'],
  },
  'AWS::ApiGatewayV2::Api': {
    what: 'HTTP API',
    loss: 'Its address changes, which shipped apps know.',
    fixed: ['ProtocolType'],
  },
  'AWS::ApiGateway::RestApi': {
    what: 'REST API',
    loss: 'Its address changes, which shipped apps know.',
    fixed: [],
  },
};

/** Returns what holds data or an address in the deployed stack, and would not be the same resource in the next one. */
export function replacements(deployed: Resources, next: Resources): readonly Replacement[] {
  return [...deployed].flatMap(([logicalId, before]) => {
    const kind = kinds[before.type];
    if (kind === undefined) return [];
    const after = next.get(logicalId);
    if (after === undefined || after.type !== before.type) {
      return [
        {
          logicalId,
          text: `The ${kind.what} ${nameOf(before, logicalId)} is no longer in the stack. ${kind.loss}`,
        },
      ];
    }
    const changed = kind.fixed.find(
      (name) => !isDeepStrictEqual(before.properties[name], after.properties[name]),
    );
    if (changed === undefined) return [];
    return [
      {
        logicalId,
        text: `The ${kind.what} ${nameOf(before, logicalId)} would be replaced, because ${changed} changes. ${kind.loss}`,
      },
    ];
  });
}

function nameOf({ properties }: Resource, logicalId: string): string {
  const name = ['TableName', 'UserPoolName', 'Name']
    .map((key) => properties[key])
    .find((value) => typeof value === 'string');
  return typeof name === 'string' ? name : logicalId;
}
