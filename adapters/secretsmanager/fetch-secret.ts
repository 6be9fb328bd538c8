/** Reads a secret from AWS Secrets Manager. The SDK is loaded only when a secret is configured by its ARN. */

import { Fault } from '../../core/system/fault.ts';
import { textIn } from '../../core/system/record.ts';

const TIMEOUT_MS = 2_000;

/** Errors that repeat until someone changes the secret, its key or the role. */
const permanentErrors = new Set([
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
    const name = cause instanceof Error ? cause.name : '';
    const isPermanent = permanentErrors.has(name);
    throw new Fault(
      {
        code: isPermanent ? 'refused' : 'unavailable',
        system: 'secretsmanager',
        operation: 'get secret',
        reason: isPermanent ? name : undefined,
      },
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** Decodes the bytes of a file: UTF-8, or UTF-16 as Windows PowerShell writes it, which begins with a byte order mark. */
export function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
