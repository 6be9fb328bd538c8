/** Returns the AWS credentials of this shell: those in the environment, or those that the AWS SDK finds, such as of a profile. */
import { type CredentialSource, environmentCredentials } from '../../adapters/transport/aws-credentials.ts';

let fromSdk: Promise<CredentialSource> | undefined;

export const shellCredentials: CredentialSource = async () => {
  if (process.env['AWS_ACCESS_KEY_ID']) return environmentCredentials();
  fromSdk ??= sdkCredentials();
  return (await fromSdk)();
};

/** The SDK renews what expires. */
async function sdkCredentials(): Promise<CredentialSource> {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  const { credentials } = new DynamoDBClient({}).config;
  return () => credentials();
}
