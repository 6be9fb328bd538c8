/** The service of SQS, which speaks JSON since 2023. */
import type { JsonService } from '../transport/aws-json.ts';

export const sqsService: JsonService = {
  system: 'sqs',
  name: 'sqs',
  variable: 'SQS',
  target: 'AmazonSQS',
  version: '1.0',
};
