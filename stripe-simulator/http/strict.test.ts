/** Tests of what a request may contain: Stripe's parameters, and of those the ones that the simulator acts on. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStripeSimulator } from '../index.ts';
import { knownRoute } from '../protocol/known-params.ts';
import { allRoutes } from '../testing/all-routes.ts';
import { createClient, createCustomer, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
beforeEach(() => rig.control('/reset', {}));
afterAll(() => rig.close());

/** What clients send and the types of the library do not allow. */
const untyped = (params: object) => params as never;

const unknownCases: readonly (readonly [string, object, string])[] = [
  ['at the top', { shade: 'red' }, 'shade'],
  ['in an object', { address: { line3: 'x', city: 'y' } }, 'address[line3]'],
  ['in an object of an object', { shipping: { address: { town: 'x' } } }, 'shipping[address][town]'],
  ['in a list', { tax_id_data: [{ type: 'eu_vat', value: 'x', kind: 'y' }] }, 'tax_id_data[0][kind]'],
];

test.each(unknownCases)(
  'A parameter that Stripe does not know is refused %s',
  async (_where, params, name) => {
    await expect(stripe.customers.create(untyped(params))).rejects.toMatchObject({
      statusCode: 400,
      rawType: 'invalid_request_error',
      code: 'parameter_unknown',
      param: name,
      doc_url: 'https://stripe.com/docs/error-codes/parameter-unknown',
      message: `Received unknown parameter: ${name}`,
    });
    expect((await stripe.customers.list()).data).toEqual([]);
  },
);

test('Several unknown parameters are named together, and the first is the `param`', async () => {
  await expect(stripe.products.create(untyped({ name: 'Pro', shade: 'red', size: 1 }))).rejects.toMatchObject(
    {
      param: 'shade',
      message: 'Received unknown parameters: shade, size',
    },
  );
});

test('An unknown filter is refused rather than ignored', async () => {
  await expect(stripe.charges.list(untyped({ payment_method: 'pm_1' }))).rejects.toMatchObject({
    code: 'parameter_unknown',
    param: 'payment_method',
  });
});

test('Names that the caller chooses are known: the keys of metadata', async () => {
  const { metadata } = await stripe.customers.create({ metadata: { shade: 'red' } });
  expect(metadata).toEqual({ shade: 'red' });
});

test('A parameter that Stripe knows and nothing acts on is refused, and nothing remains of the request', async () => {
  await createCustomer(stripe);
  const events = await rig.types();
  const before = tablesOf(rig.simulator.takeSnapshot());
  const params = { email: 'bo@example.com', payment_method: 'pm_card_visa', cash_balance: { settings: {} } };
  const unsimulated = { ...params, cash_balance: { settings: { reconciliation_mode: 'manual' } } } as const;
  await expect(stripe.customers.create(unsimulated)).rejects.toMatchObject({
    statusCode: 400,
    rawType: 'invalid_request_error',
    code: 'parameter_not_simulated',
    param: 'cash_balance',
    message: expect.stringMatching(
      /^The simulator does not simulate the parameter cash_balance, .*--lenient/,
    ),
  });
  expect(await rig.types()).toEqual(events);
  expect(tablesOf(rig.simulator.takeSnapshot())).toEqual(before);
});

function tablesOf(snapshot: object): unknown {
  return 'tables' in snapshot ? snapshot.tables : undefined;
}

test('A refusal is not stored for its idempotency key', async () => {
  const options = { idempotencyKey: 'one' };
  await expect(stripe.customers.create(untyped({ shade: 'red' }), options)).rejects.toMatchObject({
    code: 'parameter_unknown',
  });
  expect((await stripe.customers.create({ name: 'Ann' }, options)).name).toBe('Ann');
});

test('A declined payment is no refusal: the failed charge and its events remain', async () => {
  const customer = (await createCustomer(stripe, 'pm_card_chargeCustomerFail')).id;
  await stripe.invoiceItems.create({ customer, amount: 500, currency: 'usd' });
  const { id } = await stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' });
  await expect(stripe.invoices.pay(idOf({ id }))).rejects.toMatchObject({ statusCode: 402 });
  expect(await rig.types()).toContain('charge.failed');
});

test('A lenient simulator ignores what it does not know', async () => {
  const lenient = await startStripeSimulator({ lenient: true });
  try {
    const client = createClient(lenient);
    expect((await client.customers.create(untyped({ name: 'Ann', shade: 'red' }))).name).toBe('Ann');
    expect((await client.charges.list(untyped({ shade: 'red' }))).data).toEqual([]);
  } finally {
    await lenient.close();
  }
});

/** Routes that Stripe does not document. The Stripe CLI uses them. */
const undocumented = [
  'GET /v1/payment_pages/:session',
  'POST /v1/payment_pages/:session/confirm',
  'POST /v1/confirmation_tokens',
  'GET /v1/elements/sessions',
  'POST /v1/events/:event/retry',
  'POST /v1/stripecli/sessions',
];

test('The parameters of every route come from the official library, except for the undocumented routes', () => {
  const without = allRoutes.filter(({ method, path }) => knownRoute(method, path) === undefined);
  expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual(undocumented);
});
