/** What the queue carries of an event must be read exactly as the event itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alsoHandledEventTypes, handledEventTypes } from '../../contract/stripe-events.ts';
import { queuedEventIn } from './queued-event.ts';
import { readEvent } from './read-event.ts';

/** Mostly what Stripe sends, and at times what it never does. */
function mostly<T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const id = mostly(
  fc.constantFrom('cus_1', 'cus_2', 'sub_1', 'ch_1'),
  fc.constantFrom('ü', ' ', '', 'search'),
);
const expanded = fc.record({ id, object: fc.constant('customer') });
const reference = mostly(fc.oneof(id, expanded), fc.oneof(fc.constant(null), fc.integer()));
const sub = fc.constantFrom('11111111-2222-4333-8444-555555555555', 'ann@example.com', '', 'a#b', null);
const metadata = fc.oneof(
  fc.constant(null),
  fc.record(
    {
      cognito_sub: sub,
      cognito_user_id: sub,
      cognito_user_pool: fc.constant('pool'),
      made_by: fc.constantFrom('predixa-checkout', 'someone'),
      note: fc.string(),
    },
    { requiredKeys: [] },
  ),
);
const details = fc.record({ metadata }, { requiredKeys: [] });
const object = fc.record(
  {
    id,
    object: fc.constantFrom('subscription', 'customer', 'invoice', 'charge', 'dispute', 'checkout.session'),
    customer: reference,
    charge: reference,
    subscription: reference,
    metadata,
    client_reference_id: fc.oneof(sub, fc.integer()),
    parent: fc.record({ subscription_details: details }, { requiredKeys: [] }),
    subscription_details: details,
    email: fc.emailAddress(),
  },
  { requiredKeys: [] },
);
const type = fc.constantFrom(
  ...handledEventTypes,
  ...alsoHandledEventTypes,
  'customer.subscription.trial_will_end',
);
const event = fc.record(
  {
    id: fc.constantFrom('evt_1', 'evt\u2028ü', ' '),
    object: fc.constant('event'),
    type,
    created: mostly(fc.integer({ min: 1 }), fc.constantFrom(1.5, '1767225600', 'soon', null)),
    livemode: mostly(fc.boolean(), fc.constant('true')),
    account: mostly(fc.constant(null), fc.constant('acct_1')),
    api_version: fc.constant('2026-10-28.endive'),
    data: fc.record({ object, previous_attributes: fc.record({ metadata }, { requiredKeys: [] }) }),
  },
  { requiredKeys: ['id', 'type', 'data'] },
);

describe('A message of the queue', () => {
  it('is read by the worker exactly as the event that Stripe delivered, in either mode', () => {
    let messages = 0;
    const kept = fc.property(event, fc.boolean(), (delivered, livemode) => {
      const queued = queuedEventIn(delivered);
      const before = readEvent(delivered, { livemode: delivered.livemode === true });
      const isMessage = queued.kind === 'message';
      messages += isMessage ? 1 : 0;
      // What is not queued is answered as it is read.
      const { body, groupId, deduplicationId } = isMessage
        ? queued.message
        : { body: JSON.stringify(delivered).replace(/[^ -~]/g, ''), groupId: 'g', deduplicationId: 'd' };
      const after = isMessage ? readEvent(JSON.parse(body), { livemode }) : queued;
      expect(after).toEqual(isMessage ? readEvent(delivered, { livemode }) : before);
      expect(body).toMatch(/^[ -~]+$/);
      for (const key of [groupId, deduplicationId]) expect(key).toMatch(/^[!-~]{1,128}$/);
    });
    fc.assert(kept, { numRuns: 1_000 });
    expect(messages).toBeGreaterThan(200);
  });

  it('carries no email address, no name and no other metadata of the app', () => {
    const person = { email: 'ann@example.com', name: 'Ann', phone: '123', address: { line1: 'Road 1' } };
    const body = {
      id: 'evt_1',
      type: 'customer.updated',
      created: 1,
      data: {
        object: {
          id: 'cus_1',
          object: 'customer',
          ...person,
          metadata: { cognito_sub: 'b', note: 'ann@example.com' },
        },
        previous_attributes: { ...person, metadata: { cognito_sub: 'a', note: 'ann@example.org' } },
      },
    };
    const queued = queuedEventIn(body);
    expect(queued).toMatchObject({ kind: 'message', message: { groupId: 'cus_1' } });
    expect('message' in queued ? JSON.parse(queued.message.body) : null).toEqual({
      id: 'evt_1',
      type: 'customer.updated',
      created: 1,
      data: {
        object: { id: 'cus_1', object: 'customer', metadata: { cognito_sub: 'b' } },
        previous_attributes: { metadata: { cognito_sub: 'a' } },
      },
    });
  });

  it('stays far below what SQS holds, however large the event is', () => {
    const items = Array.from({ length: 5_000 }, (_, index) => ({ id: `si_${index}`, note: 'x'.repeat(100) }));
    const large = { object: 'subscription', id: 'sub_1', customer: 'cus_1', items: { data: items } };
    const queued = queuedEventIn({
      id: 'evt_1',
      type: 'customer.subscription.updated',
      data: { object: large },
    });
    expect('message' in queued && queued.message.body.length < 1_000).toBe(true);
  });

  it.each([
    ['a list', []],
    ['a text', 'evt_1'],
    ['nothing', undefined],
    ['a thin event without an id', { object: 'v2.core.event', type: 'v1.customer.updated' }],
    ['a thin event without a type', { object: 'v2.core.event', id: 'evt_1' }],
  ])('is not made of %s', (_, body) => {
    expect(queuedEventIn(body)).toEqual({ kind: 'malformed' });
  });
});
