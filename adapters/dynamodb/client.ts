/** Creates the DynamoDB client, with a timeout and a retry limit for every call. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { sendWithinDeadline } from '../aws/deadline.ts';
import { requestHandlerWithin } from '../aws/request-handler.ts';
import { type DynamoDb, withFaults } from './dynamodb.ts';

export interface DynamoDbLimits {
  /** The timeout of one attempt. The SDK itself sets none. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** Creates a client. The SDK reads the region, the credentials and `AWS_ENDPOINT_URL_DYNAMODB` itself. */
export function createDynamoDb(limits: DynamoDbLimits): DynamoDb {
  const client = new DynamoDBClient({
    maxAttempts: limits.maxAttempts,
    requestHandler: requestHandlerWithin(limits.timeoutMs),
  });
  sendWithinDeadline(client.config.requestHandler);
  const documentClient = DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    // The app stores its own numbers in the same items. A number too long for a double must not fail the read.
    unmarshallOptions: { wrapNumbers: (digits: string) => Number(digits) },
  });
  return withFaults(documentClient);
}
