/** Converts errors of Stripe and AWS to one line that says what to do. */
import { Stripe } from 'stripe';
import { isLiveKey } from '../../adapters/stripe/mode.ts';
import { UsageError } from '../cli/command.ts';

const { errors } = Stripe;

/** Returns a `UsageError` for a known cause. Returns any other cause unchanged, so that a bug keeps its stack. */
export function toUsageError(cause: unknown): unknown {
  const line = stripeMessage(cause) ?? awsMessage(cause);
  return line === undefined ? cause : new UsageError(line, { cause });
}

function stripeMessage(cause: unknown): string | undefined {
  if (cause instanceof errors.StripePermissionError)
    return 'This Stripe key may not read and write webhook endpoints. Set STRIPE_API_KEY in the shell to one that may.';
  if (cause instanceof errors.StripeAuthenticationError)
    return 'Stripe rejects the key: it was rotated or deleted, or it is not a secret key. Store a valid one.';
  if (cause instanceof errors.StripeConnectionError)
    return 'Stripe cannot be reached from here. Check the network and try again.';
  // The message is safe to print: the request contained only the endpoint's URL and event types.
  if (cause instanceof errors.StripeInvalidRequestError)
    return `Stripe rejects the request: ${cause.message}`;
  return undefined;
}

const CREDENTIALS = /expired|CredentialsProvider|UnrecognizedClient|InvalidClientToken|InvalidSignature/i;

function awsMessage(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if (CREDENTIALS.test(cause.name))
    return `AWS rejects the credentials of this shell (${cause.name}). Run aws sts get-caller-identity for details.`;
  if (cause.name === 'AccessDeniedException')
    return 'The AWS credentials of this shell may not read or write the stage’s secrets in Secrets Manager. Use others.';
  const unreachable =
    'code' in cause && /^(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN)$/.test(String(cause.code));
  return unreachable
    ? `AWS cannot be reached from here (${String(cause.code)}). Check the network and try again.`
    : undefined;
}

/** Throws if the keys have different modes. The stage would get a secret that does not match its own deliveries. */
export function assertSameMode(key: string, stageKey: string | undefined): void {
  if (!stageKey || isLiveKey(stageKey) === isLiveKey(key)) return;
  const modeOf = (apiKey: string) => (isLiveKey(apiKey) ? 'live' : 'test');
  throw new UsageError(
    `STRIPE_API_KEY in this shell is a ${modeOf(key)} mode key, but the stage’s own key is a ${modeOf(stageKey)} mode key. Unset it, or set a ${modeOf(stageKey)} mode key.`,
  );
}
