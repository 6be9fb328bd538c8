/** Facts that the AWS SDK reads the same way of a live and of a local installation. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  ResourceNotFoundException as NoPool,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException as NoTable,
} from '@aws-sdk/client-dynamodb';
import type { TableFacts } from './installation.ts';

export interface AwsFacts {
  table(name: string): Promise<TableFacts | undefined>;
  /** The function that the pool calls after a confirmation; `undefined`: no such pool. */
  poolTrigger(poolId: string): Promise<{ readonly calls: string | null } | undefined>;
}

/** `protects`: whether the tables can be protected at all, which those on one's own machine cannot. */
export function awsFacts(region: string, { protects }: { readonly protects: boolean }): AwsFacts {
  const dynamodb = new DynamoDBClient({ region, maxAttempts: 2 });
  const cognito = new CognitoIdentityProviderClient({ region, maxAttempts: 2 });
  return {
    table: async (TableName) => {
      const answer = await orNone(dynamodb.send(new DescribeTableCommand({ TableName })));
      const table = answer?.Table;
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
        pointInTimeRecovery: protects ? await recovers(dynamodb, TableName) : null,
        deletionProtection: protects ? table.DeletionProtectionEnabled === true : null,
      };
    },
    poolTrigger: async (UserPoolId) => {
      const answer = await orNone(cognito.send(new DescribeUserPoolCommand({ UserPoolId })));
      if (answer?.UserPool === undefined) return undefined;
      return { calls: answer.UserPool.LambdaConfig?.PostConfirmation ?? null };
    },
  };
}

async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((cause: unknown) => {
    if (cause instanceof NoTable || cause instanceof NoPool) return undefined;
    throw cause;
  });
}

async function recovers(dynamodb: DynamoDBClient, TableName: string): Promise<boolean> {
  const answer = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
  const { PointInTimeRecoveryDescription: recovery } = answer.ContinuousBackupsDescription ?? {};
  return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
}
