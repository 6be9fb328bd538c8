/** Reads a secret from AWS Secrets Manager. The SDK is loaded only when a secret is configured by its ARN. */
import { Fault } from '../../core/system/fault.ts';

const TIMEOUT_MS = 2_000;

export async function fetchSecret(arn: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({});
  try {
    const command = new GetSecretValueCommand({ SecretId: arn });
    const response = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    const value = response.SecretString?.trim();
    if (value) return value;
  } catch (cause) {
    throw new Fault({ code: 'unavailable', system: 'secretsmanager', operation: 'get secret' }, { cause });
  } finally {
    client.destroy();
  }
  throw new Fault({ code: 'refused', system: 'secretsmanager', operation: 'get secret', reason: 'empty' });
}
