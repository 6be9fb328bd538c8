/** Stripe refuses a return URL, such as one without https in live mode. Whose URL it was decides who corrects it. */
import { Fault, refusalIn } from '../system/fault.ts';
import type { UnknownRecord } from '../system/record.ts';
import type { Refusal } from '../system/refusal.ts';

const names = ['success_url', 'cancel_url', 'return_url'] as const;

const ofClient: Refusal = {
  kind: 'situation',
  problem: 'return_url_not_allowed',
  hint: 'Stripe refuses this URL. Send a complete one; in live mode, Stripe accepts only https.',
};

/** Returns the failure as one of the client, if the client sent the URL. Settings are the operator's. */
export function withRefusedUrl(cause: unknown, body: UnknownRecord): unknown {
  const refusal = refusalIn(cause);
  if (!(cause instanceof Fault) || refusal?.kind !== 'installation') return cause;
  if (!/_(?:SUCCESS|CANCEL|RETURN)_URL/.test(refusal.setting)) return cause;
  const { param = '' } = cause.details;
  const sent = names.filter((name) => Object.hasOwn(body, name));
  const isSent = param === '' ? sent.length > 0 : sent.some((name) => param.includes(name));
  return isSent ? new Fault({ ...cause.details, refusal: ofClient }, { cause: cause.cause }) : cause;
}
