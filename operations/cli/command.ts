/** How a command fails: one line for what the operator can fix, and a stack trace for everything else. */
import { ConfigurationError } from '../../adapters/system/environment.ts';
import { Fault, type FaultDetails } from '../../core/system/fault.ts';

export class UsageError extends Error {}

export function runCommand(main: () => Promise<void>): void {
  // The AWS SDK's warning about Node versions is not part of the command's output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  main().catch((error: unknown) => {
    console.error(isExpected(error) ? error.message : error instanceof Fault ? faultMessage(error) : error);
    process.exitCode = 1;
  });
}

function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return fromParseArgs || error instanceof UsageError || error instanceof ConfigurationError;
}

const systemNames: Readonly<Record<FaultDetails['system'], string>> = {
  stripe: 'Stripe',
  revenuecat: 'RevenueCat',
  dynamodb: 'DynamoDB',
  cognito: 'Cognito',
  secretsmanager: 'Secrets Manager',
  sqs: 'SQS',
  self: 'The command',
};

const failures: Readonly<Record<FaultDetails['code'], string>> = {
  unavailable: 'is unavailable',
  refused: 'refused the request',
  unknown_shape: 'sent an unexpected response',
  time_limit: 'took too long',
  contention: 'kept changing during the request',
};

/** Says what failed and what to check, without the request's content. */
function faultMessage({ details, cause }: Fault): string {
  const { system, code, operation, statusCode, reason, requestId } = details;
  const facts = [statusCode, reason, networkErrorIn(cause), requestId].filter((fact) => fact !== undefined);
  const failure = `${systemNames[system]} ${failures[code]}: ${operation} (${facts.join(', ')}).`;
  const advice = adviceFor(details);
  return advice === undefined ? failure : `${failure}\n${advice}`;
}

/** Returns a message such as `connect ECONNREFUSED 127.0.0.1:8000`, which holds nothing but an address. */
function networkErrorIn(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('syscall' in cause) return cause.message;
  return networkErrorIn('detail' in cause ? cause.detail : cause.cause);
}

function adviceFor({ system, code, statusCode, reason }: FaultDetails): string | undefined {
  if (reason === 'CredentialsProviderError') return 'No AWS credentials found. Set AWS_PROFILE, or sign in.';
  if (reason === 'customer_not_in_account') {
    return 'Check that STRIPE_API_KEY belongs to the right account and mode.';
  }
  if (reason === 'customer_not_in_project') {
    return 'Check that REVENUECAT_PROJECT_ID and REVENUECAT_API_KEY belong to the project in which the app sells.';
  }
  if (code !== 'refused') return undefined;
  if (system === 'revenuecat') return adviceForRevenueCat(statusCode);
  if (system === 'stripe') return statusCode === 401 ? 'Check STRIPE_API_KEY.' : undefined;
  if (reason !== 'ResourceNotFoundException') return undefined;
  return system === 'dynamodb'
    ? 'Check USERS_TABLE, ENTITLEMENTS_TABLE and AWS_REGION.'
    : 'Check COGNITO_USER_POOL_ID and AWS_REGION.';
}

function adviceForRevenueCat(statusCode: number | undefined): string | undefined {
  switch (statusCode) {
    case 401:
      return 'Check REVENUECAT_API_KEY.';
    case 403:
      return 'The RevenueCat key lacks a permission: docs/deploy.md lists them.';
    case 404:
      return 'Check that REVENUECAT_PROJECT_ID is the project of REVENUECAT_API_KEY.';
    default:
      return undefined;
  }
}
