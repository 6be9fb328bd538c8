import fc from 'fast-check';
import { Stripe } from 'stripe';
import { expect, it } from 'vitest';
import { formEncoded } from './form-encoding.ts';

/** Returns what the official library sends as the body of a request with these parameters. */
async function sentByLibrary(params: object): Promise<string> {
  let body = '';
  const capture: typeof fetch = async (_, init) => {
    body = typeof init?.body === 'string' ? init.body : new TextDecoder().decode(init?.body as Uint8Array);
    return new Response('{}');
  };
  const stripe = new Stripe('sk_test_a', {
    httpClient: Stripe.createFetchHttpClient(capture),
    telemetry: false,
  });
  await stripe.rawRequest('POST', '/v1/customers', { ...params });
  return body;
}

const name = fc
  .oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^[a-z_[\]]{1,8}$/))
  .filter((text) => text !== '__proto__');
const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date({ noInvalidDate: true }),
);
const { params } = fc.letrec<{ readonly params: Record<string, unknown>; readonly value: unknown }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('params')),
    params: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }),
);

it('Parameters of Stripe are encoded as the official library encodes them', async () => {
  await fc.assert(
    fc.asyncProperty(params, async (given) => {
      expect(formEncoded(given)).toBe(await sentByLibrary(given));
    }),
    { numRuns: 1_000 },
  );
});

it('A text that ends within a character does not keep its request from being sent', () => {
  expect(formEncoded({ name: 'Ada \ud83d' })).toBe('name=Ada%20%EF%BF%BD');
});
