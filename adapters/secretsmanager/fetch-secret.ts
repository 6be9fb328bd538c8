/** Reads a secret from AWS Secrets Manager. The SDK is loaded only when a secret is configured by its ARN. */

import { Fault } from '../../core/system/fault.ts';
import { textIn } from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';

const TIMEOUT_MS = 2_000;

const failed = { system: 'secretsmanager', operation: 'get secret' } as const;

/** Errors that repeat until someone changes the secret, its key or the role. */
const permanentErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'ValidationException',
]);

/** Returns the text of the secret, empty if it has none. The text may be stored as a binary value. */
export async function fetchSecret(arn: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({});
  try {
    const command = new GetSecretValueCommand({ SecretId: arn });
    const response = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    return textIn(response.SecretString) ?? textOf(response.SecretBinary);
  } catch (cause) {
    throw secretFault(cause);
  } finally {
    client.destroy();
  }
}

/** Secrets Manager's time limit ends as an outage does: the last value remains in use, and a later read succeeds. */
function secretFault(cause: unknown): Fault {
  const fault = faultOf({ ...failed, permanentErrors }, cause);
  return fault.details.code === 'refused'
    ? fault
    : new Fault({ ...fault.details, code: 'unavailable' }, { cause });
}

/** Decodes the bytes of a file: UTF-8, or UTF-16 as Windows PowerShell writes it, which begins with a byte order mark. */
export function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
