/** How a command ends: what people cause and can mend is one line, and everything else a stack. */
import { ConfigurationError } from '../adapters/system/environment.ts';

export class UsageError extends Error {}

export function runCommand(main: () => Promise<void>): void {
  // The SDK's own word on Node versions is not the command's.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  main().catch((error: unknown) => {
    console.error(isExpected(error) ? error.message : error);
    process.exitCode = 1;
  });
}

function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return fromParseArgs || error instanceof UsageError || error instanceof ConfigurationError;
}
