import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isRecord } from '../../core/system/record.ts';
import { apiEvent, forms } from '../support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../support/payers.ts';
import { createStage, type Item, type Stage } from '../support/stage.ts';
import { delivered } from '../support/webhooks.ts';
import { answerTo, callsOn, expectDiscreteLogs, forAll, patience, writesOn } from './checks.ts';
import { corrupted, type Json, json, object, secrets, texts } from './inputs.ts';

let stage: Stage;
let payers: readonly Payer[];
beforeAll(async () => {
  stage = await createStage();
  const price = await monthlyPrice(stage);
  payers = [await payer(price), await payer(price)];
});
beforeEach(() => stage.calm());
afterAll(() => stage.close());

interface Payer {
  readonly sub: string;
  readonly customerId: string;
  readonly truth: Item;
}

/** Creates a subscriber whose row is up to date, so no event may change it. */
async function payer(price: string): Promise<Payer> {
  const sub = randomUUID();
  const { customerId, periodEnd } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.stripe.customers.update(customerId, { email: secrets.email, name: secrets.name });
  const truth = { status: 'active', plan: price, current_period_end: periodEnd };
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  const seen = { stripe_customer_ids: [customerId], version: 1 };
  await stage.putEntitlement({ cognito_sub: sub, ...truth, ...seen });
  return { sub, customerId, truth };
}

const form = fc.constantFrom(...forms);

describe('An unsigned delivery', () => {
  const header = fc.oneof(
    texts,
    fc.constant(secrets.token),
    fc.array(fc.tuple(fc.constantFrom('t', 'v1', 'v0', ''), texts)).map((pairs) => {
      return pairs.map((pair) => pair.join('=')).join(',');
    }),
    fc.nat().map((seconds) => `t=${seconds},v1=${'0'.repeat(64)}`),
    fc.constant('0'.repeat(64)).map((hex) => `t=${Math.floor(Date.now() / 1000)},v1=${hex},v1=,v0=`),
  );
  const headers = fc.oneof(
    json,
    fc
      .array(fc.tuple(fc.constantFrom('stripe-signature', 'STRIPE-SIGNATURE', 'x'), fc.oneof(header, json)))
      .map((entries): Json => Object.fromEntries(entries)),
  );
  const event = fc.record(
    {
      ...Object.fromEntries(['headers', 'multiValueHeaders'].map((name) => [name, headers])),
      body: fc.oneof(
        json,
        texts,
        object.map((body) => JSON.stringify(body)),
      ),
      isBase64Encoded: fc.oneof(fc.boolean(), json),
      requestContext: json,
    },
    // A request of every API has it.
    { requiredKeys: ['requestContext'] },
  );

  it('is answered 400 for any body and any headers, without a call to another system', patience, async () => {
    const before = await stage.itemCount();
    await forAll(event, async (sent) => {
      const { statusCode, body } = await answerTo(stage, 'stripe-webhook', sent);
      expect([statusCode, body]).toMatchObject([400, { code: 'invalid_signature' }]);
      expect(callsOn(stage)).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });

  it(
    'fails the invocation if it is no request of an API, without a call to another system',
    patience,
    async () => {
      const isRequest = (sent: unknown) =>
        isRecord(sent) && ['requestContext', 'headers', 'multiValueHeaders'].some((name) => name in sent);
      await forAll(
        json.filter((sent) => !isRequest(sent)),
        async (sent) => {
          await expect(stage.invoke('stripe-webhook', sent)).rejects.toThrow('Fault');
          expect(callsOn(stage)).toEqual([]);
        },
      );
    },
  );
});

describe('A signed delivery', () => {
  it('is answered 200 or 400 for a body of any shape, and nothing is written', patience, async () => {
    const before = await stage.itemCount();
    const bodies = fc.oneof(
      json.map((body) => JSON.stringify(body)),
      texts.filter((text) => text !== ''),
      fc.nat(100_000).map((depth) => '['.repeat(depth + 1) + ']'.repeat(depth + 1)),
      fc.constantFrom(
        '{"id":1e999}',
        '{"a":1,"a":2}',
        '{"id":"evt_1","type":"invoice.paid","data":{"object":1e400}}',
      ),
    );
    await forAll(fc.tuple(bodies, form, fc.boolean()), async ([body, form, base64]) => {
      const sent = delivered(body, { form, base64 });
      expect([200, 400]).toContain((await answerTo(stage, 'stripe-webhook', sent)).statusCode);
      expect(writesOn(stage)).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });

  it('is answered 200 or 400 for a customer without a user, and nothing is written', patience, async () => {
    const before = await stage.itemCount();
    const event = fc.record({
      id: fc.constant('evt_fuzz'),
      type: fc.constantFrom(
        'customer.subscription.updated',
        'invoice.paid',
        'customer.deleted',
        'customer.updated',
      ),
      created: fc.oneof(fc.nat(), json),
      data: fc.record({
        object: fc.record({ id: fc.oneof(texts, json), customer: fc.oneof(texts, json), metadata: json }),
        previous_attributes: fc.oneof(json, fc.record({ metadata: fc.record({ cognito_sub: json }) })),
      }),
    });
    await forAll(event, async (event) => {
      const { statusCode } = await answerTo(stage, 'stripe-webhook', delivered(event));
      expect([200, 400]).toContain(statusCode);
      expect(writesOn(stage)).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });

  it(
    'of a corrupted real event causes no crash and no new item, and every row still agrees with Stripe',
    patience,
    async () => {
      const before = await stage.itemCount();
      const { data: real } = await stage.stripe.events.list({ limit: 100 });
      const ids = payers.flatMap(({ sub, customerId }) => [sub, customerId]);
      const ofSubscriptions = real.filter(({ type }) => type.startsWith('customer.subscription.'));
      const events = fc
        .oneof(fc.constantFrom(...real), fc.constantFrom(...ofSubscriptions))
        .chain((event) => {
          return corrupted(JSON.parse(JSON.stringify(event)) as Json, [...ids, { id: ids[1] ?? '' }]);
        });
      await forAll(fc.tuple(events, form), async ([event, form]) => {
        const sent = delivered(JSON.stringify(event), { form });
        const { statusCode, body } = await answerTo(stage, 'stripe-webhook', sent);
        if (statusCode !== 400 && statusCode !== 200) expectOtherAccount(body);
        for (const { sub, truth } of payers) expect(await stage.entitlement(sub)).toMatchObject(truth);
      });
      expect(await stage.itemCount()).toBe(before);
      // Some events were processed and some were rejected.
      const metrics = stage.logs.map((line) => line['metric']);
      expect(metrics).toEqual(expect.arrayContaining(['sync_written', 'webhook_malformed']));
    },
  );
});

/** Expects the only failure that an event can cause: it names one of our users, and a customer that Stripe does not have. */
function expectOtherAccount(body: unknown): void {
  const { request_id: id } = body as Item;
  const causes = stage.logs.filter((line) => line['request_id'] === id).map((line) => line['cause']);
  expect(causes).toMatchObject([{ reason: 'customer_not_in_account' }]);
}

it(
  'A signature is accepted in multiValueHeaders alone, with its name in any letter case',
  patience,
  async () => {
    const name = fc.mixedCase(fc.constant('stripe-signature'));
    await forAll(fc.tuple(name, json), async ([name, headers]) => {
      const event = { id: 'evt_1', type: 'plan.created', data: { object: {} } };
      const signature = (delivered(event)['headers'] as Item)['stripe-signature'];
      const { body } = delivered(event);
      const sent = {
        ...apiEvent('rest', { method: 'POST' }),
        headers,
        multiValueHeaders: { [name]: [signature] },
        body,
      };
      expect((await answerTo(stage, 'stripe-webhook', sent)).statusCode).toBe(200);
    });
  },
);

// No log line of any test contains an email address, a name, a key or a signature.
afterAll(() => expectDiscreteLogs(stage));
