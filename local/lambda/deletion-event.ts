/** Describes the user that a delete-user event deletes, and where, so that a person can confirm the deletion. */
import { isJsonObject } from '../http/body.ts';

export interface DeletionTarget {
  readonly user: string;
  readonly location: string;
}

export function deletionTarget(
  event: unknown,
  env: Readonly<Record<string, string | undefined>>,
): DeletionTarget {
  const claims = claimsOf(event);
  const sub = textOf(claims['sub']) ?? 'no user (the event has no sub)';
  const username = textOf(claims['cognito:username']) ?? textOf(claims['username']);
  const pool = env['COGNITO_USER_POOL_ID'] ?? 'no user pool';
  const endpoint = env['AWS_ENDPOINT_URL_DYNAMODB'];
  const place = endpoint === undefined ? `AWS, region ${env['AWS_REGION'] ?? 'unknown'}` : endpoint;
  return {
    user: username === undefined || username === sub ? sub : `${sub} (${username})`,
    location: `${pool}, tables ${env['USERS_TABLE'] ?? 'UserProfiles'} and ${env['ENTITLEMENTS_TABLE'] ?? 'predixa_entitlements'} at ${place}, and ${stripeOf(env)}`,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function stripeOf(env: Readonly<Record<string, string | undefined>>): string {
  if (env['STRIPE_API_BASE'] !== undefined) return `Stripe at ${env['STRIPE_API_BASE']}`;
  const key = env['STRIPE_API_KEY'];
  if (key === undefined) return 'Stripe';
  return key.includes('_live_') ? 'Stripe, LIVE mode' : 'Stripe, test mode';
}

/** Returns the token claims of an event of an HTTP API or a REST API. */
function claimsOf(event: unknown): Record<string, unknown> {
  const authorizer = step(step(event, 'requestContext'), 'authorizer');
  const claims = step(step(authorizer, 'jwt'), 'claims') ?? step(authorizer, 'claims');
  return isJsonObject(claims) ? claims : {};
}

function step(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}
