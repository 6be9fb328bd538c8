/** Cancels and redacts identity checks, of which only the record is kept. */
import type { PlainObject } from '../model/plain-object.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { verificationKind } from './plain-kinds.ts';
import { getPlain, movePlain } from './plain-objects.ts';

export function cancelVerification(world: World, { id }: ApiRequest): PlainObject {
  const session = getPlain(world, verificationKind, id);
  if (session['status'] !== 'requires_input') {
    throw invalidRequest({
      message: `This VerificationSession has a status of ${String(session['status'])} and cannot be canceled.`,
    });
  }
  const event = 'identity.verification_session.canceled';
  return movePlain(world, session, { patch: { status: 'canceled' }, event });
}

export function redactVerification(world: World, { id }: ApiRequest): PlainObject {
  const session = getPlain(world, verificationKind, id);
  const event = 'identity.verification_session.redacted';
  return movePlain(world, session, { patch: { redaction: { status: 'redacted' }, url: null }, event });
}
