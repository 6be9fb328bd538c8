/** One DynamoDB client, with limits on every wait. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface DynamoDbLimits {
  /** Of one attempt. Without it a call that hangs, hangs for ever. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** Region, credentials and `AWS_ENDPOINT_URL_DYNAMODB` are read by the SDK itself. */
export function createDynamoDb(limits: DynamoDbLimits): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: limits.maxAttempts,
    requestHandler: {
      connectionTimeout: limits.timeoutMs,
      requestTimeout: limits.timeoutMs,
      // requestTimeout alone only warns.
      throwOnRequestTimeout: true,
    },
  });
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    // The app keeps numbers of its own beside ours; one too long for a double must not fail the read.
    unmarshallOptions: { wrapNumbers: (digits: string) => Number(digits) },
  });
}
