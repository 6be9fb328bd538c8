/** Reads facts about tables and pools with the AWS SDK, in the same way for a live and a local installation. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  ResourceNotFoundException as NoPool,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException as NoTable,
} from '@aws-sdk/client-dynamodb';
import { ADOPTION_KEY } from '../../contract/tables.ts';
import type { TableFacts } from './installation.ts';

export interface AwsFacts {
  table(name: string): Promise<TableFacts | undefined>;
  adoptionComplete(table: string): Promise<boolean>;
  /** Returns the function that the pool calls after a confirmation, or `undefined` if the pool does not exist. */
  poolTrigger(poolId: string): Promise<{ readonly calls: string | null } | undefined>;
}

/** `protects`: whether the tables support protection. Local tables do not. */
export function awsFacts(region: string, { protects }: { readonly protects: boolean }): AwsFacts {
  const dynamodb = new DynamoDBClient({ region, maxAttempts: 2 });
  const cognito = new CognitoIdentityProviderClient({ region, maxAttempts: 2 });
  return {
    table: async (TableName) => {
      const response = await orUndefined(dynamodb.send(new DescribeTableCommand({ TableName })));
      const table = response?.Table;
      if (table === undefined) return undefined;
      const { KeySchema = [], AttributeDefinitions = [] } = table;
      const typeOf = (name?: string) =>
        AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
      const key = KeySchema.map(
        ({ AttributeName, KeyType }) => `${AttributeName}:${KeyType}:${typeOf(AttributeName)}`,
      );
      return {
        status: table.TableStatus ?? 'unknown',
        key: key.join(' '),
        pointInTimeRecovery: protects ? await hasPointInTimeRecovery(dynamodb, TableName) : null,
        deletionProtection: protects ? table.DeletionProtectionEnabled === true : null,
      };
    },
    adoptionComplete: async (TableName) => {
      const Key = { cognito_sub: { S: ADOPTION_KEY } };
      const response = await orUndefined(dynamodb.send(new GetItemCommand({ TableName, Key })));
      return response?.Item?.['completed_at']?.N !== undefined;
    },
    poolTrigger: async (UserPoolId) => {
      const response = await orUndefined(cognito.send(new DescribeUserPoolCommand({ UserPoolId })));
      if (response?.UserPool === undefined) return undefined;
      return { calls: response.UserPool.LambdaConfig?.PostConfirmation ?? null };
    },
  };
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((cause: unknown) => {
    if (cause instanceof NoTable || cause instanceof NoPool) return undefined;
    throw cause;
  });
}

async function hasPointInTimeRecovery(dynamodb: DynamoDBClient, TableName: string): Promise<boolean> {
  const response = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
  const { PointInTimeRecoveryDescription: recovery } = response.ContinuousBackupsDescription ?? {};
  return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
}
