/** Reads a secret from AWS Secrets Manager. The SDK is loaded only when a secret is configured by its ARN. */
import { Fault } from '../../core/system/fault.ts';
import { faultOf } from '../aws/fault.ts';

const TIMEOUT_MS = 2_000;
/** Errors that a retry cannot fix. */
const permanentErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'ResourceNotFoundException',
]);

const failed = { system: 'secretsmanager', operation: 'get secret' } as const;

export async function fetchSecret(arn: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({});
  try {
    const command = new GetSecretValueCommand({ SecretId: arn });
    const response = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    const value = response.SecretString?.trim();
    if (value) return value;
  } catch (cause) {
    throw secretFault(cause);
  } finally {
    client.destroy();
  }
  throw new Fault({
    ...failed,
    code: 'refused',
    reason: 'empty',
    refusal: {
      kind: 'installation',
      setting: 'a secret in Secrets Manager',
      fix: 'Store its value: npm run doctor names the empty secret.',
    },
  });
}

/** Secrets Manager's time limit ends as an outage does: the last value remains in use, and a later read succeeds. */
function secretFault(cause: unknown): Fault {
  const fault = faultOf({ ...failed, permanentErrors }, cause);
  return fault.details.code === 'refused'
    ? fault
    : new Fault({ ...fault.details, code: 'unavailable' }, { cause });
}
