import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forms } from '../support/api-events.ts';
import type { Item } from '../support/stage.ts';
import { createStoreStage, STORE_SECRET, type StoreStage, storeDelivery } from '../support/stores.ts';
import { answerTo, callsOn, expectDiscreteLogs, forAll, patience, writesOn } from './checks.ts';
import { corrupted, type Json, json, object, secrets, texts } from './inputs.ts';

let stage: StoreStage;
let payers: readonly Payer[];
beforeAll(async () => {
  // The tests ask more often than RevenueCat allows one installation.
  stage = await createStoreStage({ revenuecat: { rateLimitPerMinute: 1_000_000 } });
  payers = [await payer(), await payer()];
});
beforeEach(() => stage.calm());
afterAll(() => stage.close());

interface Payer {
  readonly sub: string;
  readonly truth: Item;
}

/** Creates a subscriber whose row is up to date, so no event may change it. */
async function payer(): Promise<Payer> {
  const sub = await stage.account();
  const { current_period_ends_at: end } = stage.revenuecat.purchase({
    customerId: sub,
    product: 'monthly_pro',
  });
  expect(await stage.deliver()).toBe(200);
  const truth = { status: 'active', plan: 'monthly_pro', current_period_end: Math.floor((end ?? 0) / 1000) };
  return { sub, truth };
}

const form = fc.constantFrom(...forms);
const send = async (event: unknown) => answerTo(stage, 'revenuecat-webhook', event);

describe('A delivery without the shared header', () => {
  const header = fc.oneof(
    texts.filter((text) => text !== STORE_SECRET),
    fc.constantFrom(secrets.token, STORE_SECRET.toLowerCase(), `${STORE_SECRET}x`, STORE_SECRET.slice(7)),
  );
  const name = fc.constantFrom('authorization', 'Authorization', 'AUTHORIZATION', 'x-authorization');
  const headers = fc.oneof(
    json,
    fc.array(fc.tuple(name, fc.oneof(header, json))).map((entries): Json => Object.fromEntries(entries)),
  );
  const event = fc.record(
    {
      ...Object.fromEntries(['headers', 'multiValueHeaders'].map((key) => [key, headers])),
      body: fc.oneof(
        json,
        texts,
        object.map((body) => JSON.stringify(body)),
        fc.constantFrom('RENEWAL', 'TEST').map((type) => {
          return JSON.stringify({ event: { id: 'e', type, app_user_id: payers[0]?.sub } });
        }),
      ),
      isBase64Encoded: fc.oneof(fc.boolean(), json),
      requestContext: json,
    },
    { requiredKeys: [] },
  );

  it('is answered 401 for any body and any headers, without a call to another system', patience, async () => {
    const before = await stage.itemCount();
    await forAll(fc.oneof(event, json), async (sent) => {
      const { statusCode, body } = await send(sent);
      expect([statusCode, body]).toMatchObject([401, { code: 'unauthorized' }]);
      expect([...callsOn(stage), ...stage.storeWire.names()]).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });
});

describe('A delivery with the shared header', () => {
  it('is answered 200 or 400 for a body of any shape, and nothing is written', patience, async () => {
    const before = await stage.itemCount();
    const bodies = fc.oneof(
      json.map((body) => JSON.stringify(body)),
      json.map((event) => JSON.stringify({ event })),
      texts.filter((text) => text !== ''),
      fc.nat(100_000).map((depth) => '['.repeat(depth + 1) + ']'.repeat(depth + 1)),
      fc.constantFrom('{"event":1e999}', '{"event":{"type":"TEST","type":"X"}}', '\u{feff}{"event":{}}'),
    );
    await forAll(fc.tuple(bodies, form, fc.boolean()), async ([body, form, base64]) => {
      const { statusCode } = await send(storeDelivery(body, { form, base64 }));
      expect([200, 400]).toContain(statusCode);
      expect(writesOn(stage)).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });

  it('is answered 200 for any ids that are no user, and nothing is written', patience, async () => {
    const before = await stage.itemCount();
    const id = fc.oneof(
      texts,
      json,
      fc.constantFrom(secrets.email, '.', '..', '$RCAnonymousID:1', 'installation#adoption', '\ud800'),
      fc.uuid(),
    );
    const ids = fc.oneof(fc.array(id, { maxLength: 5 }), json);
    const event = fc.record(
      {
        id: fc.oneof(fc.constant(secrets.email), id),
        type: fc.oneof(fc.constantFrom('RENEWAL', 'TRANSFER', secrets.name), texts),
        app_user_id: id,
        original_app_user_id: id,
        aliases: ids,
        transferred_from: ids,
        transferred_to: ids,
      },
      { requiredKeys: ['type'] },
    );
    await forAll(event, async (event) => {
      const { statusCode } = await send(storeDelivery({ event }));
      // Only a type that is blank is no event.
      expect(statusCode).toBe(event.type.trim() === '' ? 400 : 200);
      expect(writesOn(stage)).toEqual([]);
    });
    expect(await stage.itemCount()).toBe(before);
  });

  it(
    'of a corrupted real event causes no crash and no new item, and every row still agrees with RevenueCat',
    patience,
    async () => {
      const before = await stage.itemCount();
      const real = stage.revenuecat.events().map((event) => ({ api_version: '1.0', event }));
      const others = [...payers.map(({ sub }) => sub), randomUUID(), '$RCAnonymousID:1'];
      const bodies = fc
        .constantFrom(...real)
        .chain((body) => corrupted(JSON.parse(JSON.stringify(body)) as Json, others));
      await forAll(fc.tuple(bodies, form), async ([body, form]) => {
        const { statusCode } = await send(storeDelivery(JSON.stringify(body), { form }));
        expect([200, 400]).toContain(statusCode);
        for (const { sub, truth } of payers) expect(await stage.entitlement(sub)).toMatchObject(truth);
      });
      expect(await stage.itemCount()).toBe(before);
      // Some events were processed and some were rejected.
      const metrics = stage.logs.map((line) => line['metric']);
      expect(metrics).toEqual(expect.arrayContaining(['sync_written', 'webhook_malformed']));
    },
  );
});

// No log line of any test contains an email address, a name, a key or a header.
afterAll(() => expectDiscreteLogs(stage));
