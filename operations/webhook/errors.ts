/** What Stripe or AWS refuses a registration, in one line that says what to do. */
import { Stripe } from 'stripe';
import { isLiveKey } from '../../adapters/stripe/mode.ts';
import { UsageError } from '../cli/command.ts';

const { errors } = Stripe;

/** The same cause where it is none of these: a bug has its stack. */
export function toUsageError(cause: unknown): unknown {
  const line = stripeMessage(cause) ?? awsMessage(cause);
  return line === undefined ? cause : new UsageError(line, { cause });
}

function stripeMessage(cause: unknown): string | undefined {
  if (cause instanceof errors.StripePermissionError)
    return 'This Stripe key may not read and write webhook endpoints: give one that may, as STRIPE_API_KEY in the shell';
  if (cause instanceof errors.StripeAuthenticationError)
    return 'Stripe refuses the key: it was rolled or deleted, or is no secret key';
  if (cause instanceof errors.StripeConnectionError) return 'Stripe cannot be reached from here';
  // Only our own words were sent: the endpoint's address and the names of events.
  if (cause instanceof errors.StripeInvalidRequestError) return `Stripe refuses: ${cause.message}`;
  return undefined;
}

const CREDENTIALS = /expired|CredentialsProvider|UnrecognizedClient|InvalidClientToken|InvalidSignature/i;

function awsMessage(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if (CREDENTIALS.test(cause.name))
    return `AWS does not take the credentials of this shell (${cause.name}): aws sts get-caller-identity tells more`;
  if (cause.name === 'AccessDeniedException')
    return 'The AWS credentials of this shell may not read or write the stage’s secrets in Secrets Manager';
  const unreachable =
    'code' in cause && /^(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN)$/.test(String(cause.code));
  return unreachable ? `AWS cannot be reached from here (${String(cause.code)})` : undefined;
}

/** A key of the other mode would leave the stage with a secret that none of its own deliveries has. */
export function assertSameMode(key: string, ofTheStage: string | undefined): void {
  if (!ofTheStage || isLiveKey(ofTheStage) === isLiveKey(key)) return;
  const word = (one: string) => (isLiveKey(one) ? 'live' : 'test');
  throw new UsageError(
    `STRIPE_API_KEY of this shell is of ${word(key)} mode, and the stage’s own key of ${word(ofTheStage)} mode: unset it, or give one of ${word(ofTheStage)} mode`,
  );
}
