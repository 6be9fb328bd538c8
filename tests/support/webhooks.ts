/** Webhooks as Stripe sends them: signed, indented JSON in an API Gateway event. */
import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import { apiEvent, type Form } from './api-events.ts';
import { WEBHOOK_SECRET } from './stage.ts';

export type EventOverrides = Readonly<Record<string, unknown>>;

export function stripeEvent(
  type: string,
  object: object,
  overrides: EventOverrides = {},
): Record<string, unknown> {
  return {
    id: `evt_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    ...overrides,
  };
}

export interface Delivery {
  readonly form?: Form;
  readonly base64?: boolean;
  readonly headerName?: string;
  readonly secret?: string;
  /** The time of the signature, in Unix seconds. */
  readonly signedAt?: number;
}

/** Returns the delivery of an event, which is an object or the exact text of the body. */
export function delivered(event: object | string, delivery: Delivery = {}): Record<string, unknown> {
  const body = typeof event === 'string' ? event : JSON.stringify(event, null, 2);
  const header = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: delivery.secret ?? WEBHOOK_SECRET,
    ...(delivery.signedAt === undefined ? {} : { timestamp: delivery.signedAt }),
  });
  return withSignature(body, header, delivery);
}

export function withSignature(
  body: string,
  header: string | undefined,
  delivery: Delivery = {},
): Record<string, unknown> {
  const { form = 'http', base64 = false, headerName = 'Stripe-Signature' } = delivery;
  return apiEvent(form, {
    method: 'POST',
    path: '/stripe/webhook',
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(header === undefined ? {} : { [headerName]: header }),
    },
    body,
    base64,
  });
}
