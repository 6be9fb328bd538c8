/** How a command ends: what people cause and can mend is one line, and everything else a stack. */
import { ConfigurationError } from '../../adapters/system/environment.ts';
import { Fault, type FaultDetails } from '../../core/system/fault.ts';

export class UsageError extends Error {}

export function runCommand(main: () => Promise<void>): void {
  // The SDK's own word on Node versions is not the command's.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  main().catch((error: unknown) => {
    console.error(isExpected(error) ? error.message : error instanceof Fault ? lineOf(error) : error);
    process.exitCode = 1;
  });
}

function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return fromParseArgs || error instanceof UsageError || error instanceof ConfigurationError;
}

const systems: Readonly<Record<FaultDetails['system'], string>> = {
  stripe: 'Stripe',
  dynamodb: 'DynamoDB',
  cognito: 'Cognito',
  secretsmanager: 'Secrets Manager',
  self: 'The command',
};

const verdicts: Readonly<Record<FaultDetails['code'], string>> = {
  unavailable: 'does not answer, or cannot now',
  refused: 'refuses',
  unknown_shape: 'answers in a shape that is not known here',
  time_limit: 'took too long',
  contention: 'was changed by others again and again',
};

/** What failed and what to look at, without what was sent. */
export function lineOf({ details, cause }: Fault): string {
  const { system, code, operation, statusCode, reason, requestId } = details;
  const facts = [statusCode, reason, networkErrorIn(cause), requestId].filter((fact) => fact !== undefined);
  const told = `${systems[system]} ${verdicts[code]}: ${operation} (${facts.join(', ')}).`;
  const advice = adviceFor(details);
  return advice === undefined ? told : `${told}\n${advice}`;
}

/** `connect ECONNREFUSED 127.0.0.1:8000`: no more than an address and a word of the operating system's. */
function networkErrorIn(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('syscall' in cause) return cause.message;
  return networkErrorIn('detail' in cause ? cause.detail : cause.cause);
}

function adviceFor({ system, code, statusCode, reason }: FaultDetails): string | undefined {
  if (reason === 'CredentialsProviderError') return 'There are no AWS credentials here.';
  if (reason === 'customer_not_in_account') return 'Is STRIPE_API_KEY of this account, and of this mode?';
  if (code !== 'refused') return undefined;
  if (system === 'stripe') return statusCode === 401 ? 'Is STRIPE_API_KEY right?' : undefined;
  if (reason !== 'ResourceNotFoundException') return undefined;
  return system === 'dynamodb'
    ? 'Are USERS_TABLE, ENTITLEMENTS_TABLE and AWS_REGION right?'
    : 'Are COGNITO_USER_POOL_ID and AWS_REGION right?';
}
