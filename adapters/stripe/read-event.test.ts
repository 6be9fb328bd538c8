import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import { T0 } from '../../tests/support/subscriptions.ts';
import { isHandledType, readEvent } from './read-event.ts';

const ours = { livemode: false };

function event(type: string, object: unknown, overrides: Record<string, unknown> = {}) {
  return { id: 'evt_1', object: 'event', type, created: T0, livemode: false, data: { object }, ...overrides };
}

describe('The event reader', () => {
  it.each([
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
    'customer.subscription.trial_will_end',
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'invoice.paid',
    'invoice.payment_failed',
    'entitlements.active_entitlement_summary.updated',
  ])('requests a sync of the customer for %s', (type) => {
    expect(readEvent(event(type, { id: 'x', customer: 'cus_a' }), ours)).toMatchObject({
      kind: 'sync',
      event: { request: { customerId: 'cus_a', changedAt: T0, sub: null, customerDeleted: false } },
    });
  });

  it('reads the customer of customer.deleted from its own id, and the user from its metadata', () => {
    const object = { id: 'cus_a', object: 'customer', metadata: { cognito_sub: 'user-1' } };
    expect(readEvent(event('customer.deleted', object), ours)).toMatchObject({
      event: { request: { customerId: 'cus_a', sub: 'user-1', customerDeleted: true } },
    });
  });

  it.each([
    'customer.created',
    'customer.subscription',
    'invoice.created',
    'v1.customer.subscription.updated',
    'charge.succeeded',
  ])('ignores %s', (type) => {
    expect(isHandledType(type)).toBe(false);
    expect(readEvent(event(type, null, { data: undefined }), ours)).toMatchObject({
      kind: 'ignored',
      reason: 'unhandled_type',
    });
  });
});

it('The handled types fit into the filter of Stripe’s list of events, which takes 20', () => {
  expect(handledEventTypes.length).toBeLessThanOrEqual(20);
});

describe('The event reader for what a row shows of payments', () => {
  it.each([
    ['invoice.upcoming', 'card'],
    ['customer.subscription.trial_will_end', 'card'],
    ['customer.source.expiring', 'card'],
    ['invoice.payment_action_required', 'payment'],
    ['invoice.payment_failed', 'known'],
    ['payment_method.updated', 'known'],
    ['payment_method.automatically_updated', 'known'],
    ['invoice.paid', undefined],
    ['customer.subscription.updated', undefined],
  ])('requests for %s that a sync reads %s', (type, notices) => {
    const reading = readEvent(event(type, { customer: 'cus_a' }), ours);
    expect(reading.kind === 'sync' && reading.event.request.notices).toBe(notices);
  });

  it.each(['payment_method', undefined])('ignores a payment method that no customer has (%j)', (object) => {
    const detached = { id: 'pm_1', object, customer: null };
    expect(readEvent(event('payment_method.updated', detached), ours)).toMatchObject({
      reason: 'no_customer',
    });
    const source = event('customer.source.expiring', { id: 'src_1', object: 'source' });
    expect(readEvent(source, ours)).toMatchObject({ reason: 'no_customer' });
  });
});

describe('The event reader for customer.updated', () => {
  const read = (metadata: unknown, previous: unknown) => {
    const object = { id: 'cus_a', object: 'customer', metadata };
    const data = { object, previous_attributes: previous };
    const reading = readEvent(event('customer.updated', object, { data }), ours);
    if (reading.kind !== 'sync') return reading.kind === 'ignored' ? reading.reason : reading.kind;
    const { customerId, sub, formerSub, reassigned, changedAt, customerDeleted } = reading.event.request;
    expect({ customerId, reassigned, changedAt, customerDeleted }).toEqual({
      reassigned: true,
      customerId: 'cus_a',
      changedAt: T0,
      customerDeleted: false,
    });
    return { formerSub, sub };
  };

  it.each([
    ['another user', { cognito_sub: 'ben' }, { cognito_sub: 'ann' }, { formerSub: 'ann', sub: 'ben' }],
    [
      'a user for the first time',
      { cognito_sub: 'ben' },
      { cognito_sub: null },
      { formerSub: null, sub: 'ben' },
    ],
    ['no user any more', {}, { cognito_sub: 'ann' }, { formerSub: 'ann', sub: null }],
    [
      'another user in the key of the website',
      { cognito_user_id: 'ben' },
      { cognito_user_id: 'ann' },
      { formerSub: 'ann', sub: 'ben' },
    ],
    [
      'another user in the key that comes first',
      { cognito_user_id: 'ann', cognito_sub: 'ben' },
      { cognito_sub: null },
      { formerSub: 'ann', sub: 'ben' },
    ],
  ])('requests a sync of both users if the customer names %s', (_, metadata, previous, expected) => {
    expect(read(metadata, { name: 'Old', metadata: previous })).toEqual(expected);
  });

  it.each([
    ['nothing that it lists', undefined],
    ['the address', { address: null }],
    ['the footer of invoices', { invoice_settings: { footer: null } }],
    ['another key of the metadata', { metadata: { plan: 'free', cognito_user_pool: null } }],
    ['a key that names the same user', { metadata: { cognito_user_id: null } }],
    ['a key that is not read, because another comes first', { metadata: { cognito_user_id: 'carl' } }],
    ['metadata without old values', { metadata: null }],
  ])('ignores a change of %s', (_, previous) => {
    expect(read({ cognito_sub: 'ann', cognito_user_id: 'ann' }, previous)).toBe('owner_unchanged');
  });

  it.each([
    { invoice_settings: { default_payment_method: null } },
    { invoice_settings: { default_payment_method: 'pm_1' } },
    { default_source: 'card_1' },
  ])('requests an ordinary sync if the default payment method was %j', (previous_attributes) => {
    const object = { id: 'cus_a', object: 'customer', metadata: { cognito_sub: 'ann' } };
    const update = event('customer.updated', object, { data: { object, previous_attributes } });
    const reading = readEvent(update, ours);
    expect(reading).toMatchObject({
      kind: 'sync',
      event: { request: { customerId: 'cus_a', sub: 'ann', reassigned: false, changedAt: T0 } },
    });
    expect(reading).not.toHaveProperty('event.request.notices');
  });

  it('ignores a change between metadata that name no user', () => {
    expect(read({ cognito_sub: ' ' }, { metadata: { cognito_sub: null } })).toBe('owner_unchanged');
    expect(read(null, { metadata: { plan: 'free' } })).toBe('owner_unchanged');
  });

  it.each(['text', [], 5])('is malformed with %j as previous values', (previous) => {
    expect(read({}, previous)).toBe('malformed');
    expect(read({}, { metadata: previous })).toBe('malformed');
  });

  it('is malformed without the id of the customer', () => {
    expect(readEvent(event('customer.updated', { id: '' }), ours)).toEqual({ kind: 'malformed' });
  });
});

describe('The event reader for refunds and disputes', () => {
  it('requests a sync with the reversal for charge.refunded', () => {
    const reading = readEvent(event('charge.refunded', { id: 'ch_a', customer: 'cus_a' }), ours);
    expect(reading).toMatchObject({
      kind: 'sync',
      event: { request: { customerId: 'cus_a', includesReversal: true } },
    });
  });

  it.each(['credit_note.created', 'credit_note.voided', 'invoice.marked_uncollectible', 'invoice.voided'])(
    'requests a sync with the reversal for %s',
    (type) => {
      expect(readEvent(event(type, { id: 'x_1', customer: 'cus_a' }), ours)).toMatchObject({
        kind: 'sync',
        event: { request: { customerId: 'cus_a', includesReversal: true } },
      });
    },
  );

  it.each([
    'charge.dispute.created',
    'charge.dispute.closed',
    'charge.dispute.funds_reinstated',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.updated',
    'charge.refund.updated',
    'refund.failed',
    'refund.updated',
  ])('reads only the charge of %s, expanded or not', (type) => {
    for (const charge of ['ch_a', { id: 'ch_a', object: 'charge' }]) {
      const reading = readEvent(event(type, { id: 'x', charge }), ours);
      expect(reading).toMatchObject({
        kind: 'charge_event',
        event: { chargeId: 'ch_a', request: { includesReversal: true } },
      });
    }
    expect(readEvent(event(type, { id: 'x', charge: null }), ours)).toMatchObject({ kind: 'ignored' });
    expect(readEvent(event(type, { id: 'x', charge: '../v1' }), ours)).toEqual({ kind: 'malformed' });
  });
});

describe('A completed checkout', () => {
  const completed = (metadata: object, type = 'checkout.session.completed') =>
    readEvent(event(type, { id: 'cs_a', customer: 'cus_a', subscription: 'sub_a', metadata }), ours);

  it('is reported only if our own checkout created the session', () => {
    expect(completed({ made_by: 'predixa-checkout' })).toMatchObject({
      event: { checkout: { sessionId: 'cs_a', subscriptionId: 'sub_a' } },
    });
    expect(completed({ made_by: 'somebody' })).toMatchObject({ event: { checkout: null } });
    expect(completed({})).toMatchObject({ event: { checkout: null } });
    const other = completed({ made_by: 'predixa-checkout' }, 'checkout.session.async_payment_failed');
    expect(other).toMatchObject({ event: { checkout: null } });
  });
});

describe('An event about something that is bought once', () => {
  const ofSession = {
    id: 'cs_a',
    customer: 'cus_a',
    mode: 'payment',
    metadata: { made_by: 'predixa-checkout' },
  };
  const requestOf = (type: string, object: object) => {
    const reading = readEvent(event(type, object), ours);
    return reading.kind === 'sync' ? reading.event : reading;
  };

  it.each([
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
  ])('requests a sync with the purchases for %s of our own checkout', (type) => {
    expect(requestOf(type, ofSession)).toMatchObject({
      request: { customerId: 'cus_a', includesPurchases: true },
    });
    for (const other of [{ mode: 'subscription' }, { metadata: {} }]) {
      const found = requestOf(type, { ...ofSession, ...other });
      expect(found).toHaveProperty('request.customerId', 'cus_a');
      expect(found).not.toHaveProperty('request.includesPurchases');
    }
  });

  it('reports a completed session, and when a delayed payment of it succeeded', () => {
    const checkout = { sessionId: 'cs_a', subscriptionId: null };
    expect(requestOf('checkout.session.completed', ofSession)).toHaveProperty('checkout', checkout);
    expect(requestOf('checkout.session.async_payment_succeeded', ofSession)).toHaveProperty('checkout', {
      ...checkout,
      paidAt: expect.any(Number),
    });
    expect(requestOf('checkout.session.async_payment_failed', ofSession)).toHaveProperty('checkout', null);
  });

  it('is a payment only if our own checkout has made it', () => {
    const intent = { id: 'pi_a', customer: 'cus_a', metadata: { made_by: 'predixa-checkout' } };
    expect(requestOf('payment_intent.succeeded', intent)).toMatchObject({
      request: { includesPurchases: true },
    });
    expect(requestOf('payment_intent.succeeded', { ...intent, metadata: {} })).toMatchObject({
      kind: 'ignored',
      reason: 'unhandled_type',
    });
  });
});

describe('The user of an event', () => {
  const named = (object: unknown) => {
    const reading = readEvent(event('invoice.paid', object), ours);
    return reading.kind === 'sync' ? reading.event.request.sub : reading.kind;
  };

  it.each([
    ['cognito_sub', { metadata: { cognito_sub: 'user-1' } }],
    ['cognito_user_id, which the website writes', { metadata: { cognito_user_id: 'user-1' } }],
    [
      'cognito_sub before cognito_user_id',
      { metadata: { cognito_user_id: 'user-2', cognito_sub: 'user-1' } },
    ],
    [
      'an invoice’s subscription, since basil',
      { parent: { subscription_details: { metadata: { cognito_sub: 'user-1' } } } },
    ],
    [
      'an invoice’s subscription, before basil',
      { subscription_details: { metadata: { cognito_sub: 'user-1' } } },
    ],
  ])('is named by %s', (_, object) => {
    expect(named({ customer: 'cus_a', ...object })).toBe('user-1');
  });

  it.each([[{}], [{ cognito_sub: '' }], [{ cognito_sub: 7 }], [{ cognito_sub: 'x'.repeat(129) }], [null]])(
    'is unknown for the metadata %j',
    (metadata) => {
      expect(named({ customer: 'cus_a', metadata })).toBeNull();
    },
  );

  it('is never taken from the client reference of a checkout, which any link can set', () => {
    expect(named({ customer: 'cus_a', client_reference_id: 'victim' })).toBeNull();
  });
});

describe('The event reader ignores', () => {
  const type = 'customer.subscription.updated';
  it.each([
    ['failure mode 35: an event of the other mode', { livemode: true }, 'other_mode'],
    ['an event of a connected account', { account: 'acct_1' }, 'connected_account'],
  ])('%s', (_, overrides, reason) => {
    expect(readEvent(event(type, { customer: 'cus_a' }, overrides), ours)).toMatchObject({
      kind: 'ignored',
      reason,
    });
  });

  it('failure mode 15: an event without a customer', () => {
    expect(readEvent(event(type, { customer: null }), ours)).toMatchObject({
      kind: 'ignored',
      reason: 'no_customer',
    });
  });
});

describe('A signed body that is not a Stripe event is malformed', () => {
  const type = 'customer.subscription.updated';
  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['a text', 'evt_1'],
    ['a number as id', event(type, { customer: 'cus_a' }, { id: 5 })],
    ['a number as type', event(type, { customer: 'cus_a' }, { type: 7 })],
    ['no data', event(type, null, { data: undefined })],
    ['a list as object', event(type, [])],
    ['a number as customer', event(type, { customer: 42 })],
    ['an object without id as customer', event(type, { customer: {} })],
    ['a customer id that is a relative path', event(type, { customer: '../events' })],
    ['a customer id that is a Stripe route', event(type, { customer: 'search' })],
    ['half a surrogate pair as customer', event(type, { customer: '\ud800' })],
    ['a deleted customer without id', event('customer.deleted', { id: '' })],
    ['a text as time', event(type, { customer: 'cus_a' }, { created: '2026-01-01' })],
    ['a text as mode', event(type, { customer: 'cus_a' }, { livemode: 'false' })],
    ['a text as metadata', event(type, { customer: 'cus_a', metadata: 'x' })],
  ])('%s', (_, value) => {
    expect(readEvent(value, ours)).toEqual({ kind: 'malformed' });
  });

  it('but reading it never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (any, object) => {
        expect(readEvent(any, ours)).toHaveProperty('kind');
        expect(readEvent(event(type, object), ours)).toHaveProperty('kind');
      }),
    );
  });
});
