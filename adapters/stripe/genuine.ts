/** Says whether a delivery is Stripe's: signed with a current secret of the webhook. */
import type { Clock } from '../../core/system/clock.ts';
import { ConfigurationError } from '../system/environment.ts';
import { type Secret, secretsIn } from '../system/secret.ts';
import { isSigned } from './signature.ts';

export interface Delivery {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

export async function isGenuine(
  delivery: Delivery,
  secrets: Secret,
  clock: Pick<Clock, 'nowMs'>,
): Promise<boolean> {
  const header = delivery.header('stripe-signature');
  if (header === undefined || delivery.body.length === 0) return false;
  const signed = { body: delivery.body, header };
  const known = secretsIn(await secrets.read());
  if (known.length === 0) throw new ConfigurationError(['STRIPE_WEBHOOK_SECRET'], []);
  if (isSigned(signed, known, clock.nowMs())) return true;
  // The secret may have been rotated since it was cached.
  return isSigned(signed, secretsIn(await secrets.reread()), clock.nowMs());
}
