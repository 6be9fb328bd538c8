/** Reads a secret from AWS Secrets Manager. */
import { Fault } from '../../core/system/fault.ts';
import { recordIn, textAt, valueAt } from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';
import type { CredentialSource } from '../transport/aws-credentials.ts';
import { createAws, type JsonService } from '../transport/aws-json.ts';

/** The plain addresses of all other partitions accept IPv6. */
const OTHER_PARTITIONS = /^(?:eusc|us-isob?|us-isof|eu-isoe)-/;

export const secretsService: JsonService = {
  system: 'secretsmanager',
  name: 'secretsmanager',
  variable: 'SECRETS_MANAGER',
  target: 'secretsmanager',
  version: '1.1',
  isRare: true,
  isPlainDualStack: (region, fips) => !OTHER_PARTITIONS.test(region) && !(fips && region.startsWith('cn-')),
};

/** A user waits for the secret. */
const limits = { timeoutMs: 2_000, maxAttempts: 3, totalMs: 2_000 } as const;

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
export async function fetchSecret(arn: string, credentials?: CredentialSource): Promise<string> {
  try {
    const call = createAws(secretsService, limits, credentials);
    const answer = recordIn(await call('GetSecretValue', { SecretId: arn }));
    if (answer === null) throw new Fault({ ...failed, code: 'unknown_shape', expected: 'a JSON object' });
    return textAt(answer, 'SecretString') ?? textOf(bytesIn(valueAt(answer, 'SecretBinary')));
  } catch (cause) {
    throw secretFault(cause);
  }
}

function bytesIn(base64: unknown): Uint8Array | undefined {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
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
