import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { cognitoService } from '../cognito/client.ts';
import { dynamoDbService } from '../dynamodb/client.ts';
import { secretsService } from '../secretsmanager/fetch-secret.ts';
import { sqsService } from '../sqs/client.ts';
import { type AwsService, endpointOf } from './aws-endpoint.ts';

const regions =
  'us-east-1 us-east-2 us-west-1 us-west-2 eu-central-1 ap-southeast-3 ca-west-1 il-central-1 mx-central-1 cn-north-1 cn-northwest-1 us-gov-west-1 us-gov-east-1 eusc-de-east-1 us-iso-east-1 us-isob-east-1 us-isof-south-1 eu-isoe-west-1'.split(
    ' ',
  );

type Parameters = Readonly<{ Region: string; UseFIPS: boolean; UseDualStack: boolean }>;

const aws = { region: 'us-east-1' };
const services: readonly (readonly [AwsService, (parameters: Parameters) => { readonly url: URL }])[] = [
  [dynamoDbService, (parameters) => new DynamoDBClient(aws).config.endpointProvider(parameters)],
  [
    cognitoService,
    (parameters) => new CognitoIdentityProviderClient(aws).config.endpointProvider(parameters),
  ],
  [sqsService, (parameters) => new SQSClient(aws).config.endpointProvider(parameters)],
  [secretsService, (parameters) => new SecretsManagerClient(aws).config.endpointProvider(parameters)],
];

const choices = [true, false].flatMap((UseFIPS) =>
  [true, false].map((UseDualStack) => ({ UseFIPS, UseDualStack })),
);

/** Undefined if the SDK knows no such address. */
function addressOfSdk(find: (parameters: Parameters) => { readonly url: URL }, parameters: Parameters) {
  try {
    return find(parameters).url.href;
  } catch {
    return undefined;
  }
}

describe('The address of a service', () => {
  it.each(services)(
    'is that of the official SDK in every partition, with FIPS and dual-stack: $name',
    (service, find) => {
      for (const Region of regions) {
        for (const choice of choices) {
          const expected = addressOfSdk(find, { Region, ...choice });
          if (expected === undefined) continue;
          const { url, region } = endpointOf(service, {
            AWS_REGION: Region,
            AWS_USE_FIPS_ENDPOINT: String(choice.UseFIPS),
            AWS_USE_DUALSTACK_ENDPOINT: String(choice.UseDualStack),
          });
          expect([Region, choice, url.href]).toEqual([Region, choice, expected]);
          expect(region).toBe(Region);
        }
      }
    },
  );

  it('is the one in the environment: that of the service before that of all services', () => {
    const own = { AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000/tables' };
    const all = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://localhost:4566' };
    const hrefOf = (environment: object) => endpointOf(dynamoDbService, { ...all, ...environment }).url.href;
    expect(hrefOf(own)).toBe('http://localhost:8000/tables');
    expect(hrefOf({})).toBe('http://localhost:4566/');
    expect(hrefOf({ AWS_ENDPOINT_URL_DYNAMODB: '' })).toBe('http://localhost:4566/');
    expect(hrefOf({ ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toBe(
      'https://dynamodb.eu-west-1.amazonaws.com/',
    );
  });

  it('needs a region', () => {
    expect(() => endpointOf(dynamoDbService, { AWS_REGION: '' })).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ code: 'refused', reason: 'region_missing' }),
      }),
    );
  });
});
