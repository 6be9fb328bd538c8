/** Creates the DynamoDB client, with a time limit and a number of attempts for every call. */
import type { AttemptLimits } from '../transport/attempts.ts';
import type { CredentialSource } from '../transport/aws-credentials.ts';
import { createAws, type JsonService } from '../transport/aws-json.ts';
import { type DynamoDb, withFaults } from './dynamodb.ts';

export const dynamoDbService: JsonService = {
  system: 'dynamodb',
  name: 'dynamodb',
  variable: 'DYNAMODB',
  target: 'DynamoDB_20120810',
  version: '1.0',
};

/** `credentials`: those of the role by default. */
export function createDynamoDb(limits: AttemptLimits, credentials?: CredentialSource): DynamoDb {
  return withFaults(createAws(dynamoDbService, limits, credentials));
}
