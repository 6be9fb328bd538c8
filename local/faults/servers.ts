/** How each server of the local cloud fails when it is asked to. */
import { jsonAnswer } from '../http/body.ts';
import { cognitoOperation } from '../recording/describe/cognito.ts';
import { dynamoOperation } from '../recording/describe/dynamodb.ts';
import { callOf } from '../recording/describe/payers.ts';
import type { TappedRequest } from '../recording/tapped.ts';
import type { FaultyServer } from './interference.ts';

const AMZ_JSON_1_0 = 'application/x-amz-json-1.0';
const AMZ_JSON_1_1 = 'application/x-amz-json-1.1';
const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';

const dynamodb: FaultyServer = {
  system: 'dynamodb',
  subjectOf: dynamoOperation,
  failure: () =>
    jsonAnswer(
      500,
      { __type: `${DYNAMODB}#InternalServerError`, message: 'Internal server error' },
      AMZ_JSON_1_0,
    ),
  refusal: () =>
    jsonAnswer(
      400,
      {
        __type: `${DYNAMODB}#ProvisionedThroughputExceededException`,
        message: 'The level of configured provisioned throughput for the table was exceeded.',
      },
      AMZ_JSON_1_0,
    ),
};

const cognito: FaultyServer = {
  system: 'cognito',
  subjectOf: cognitoOperation,
  failure: () =>
    jsonAnswer(500, { __type: 'InternalErrorException', message: 'Internal error' }, AMZ_JSON_1_1),
  refusal: () =>
    jsonAnswer(400, { __type: 'TooManyRequestsException', message: 'Rate exceeded' }, AMZ_JSON_1_1),
};

const stripe: FaultyServer = {
  system: 'stripe',
  subjectOf: apiCallOf,
  failure: () => jsonAnswer(500, { error: { type: 'api_error', message: 'An unknown error occurred' } }),
  refusal: () =>
    jsonAnswer(429, {
      error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Rate limit exceeded' },
    }),
};

const revenuecat: FaultyServer = {
  system: 'revenuecat',
  subjectOf: apiCallOf,
  failure: () =>
    jsonAnswer(500, {
      object: 'error',
      type: 'server_error',
      message: 'Internal server error',
      retryable: true,
    }),
  refusal: () =>
    jsonAnswer(429, {
      object: 'error',
      type: 'rate_limit_error',
      message: 'Rate limit exceeded',
      retryable: true,
      backoff_ms: 1_000,
    }),
};

/** The pages of a payer go on working: people, not the product, open them. */
function apiCallOf(request: TappedRequest): string | undefined {
  return /^\/v[12]\//.test(request.path) ? callOf(request) : undefined;
}

export const faultyServers = { dynamodb, cognito, stripe, revenuecat } as const;
