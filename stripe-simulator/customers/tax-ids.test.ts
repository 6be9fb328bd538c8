import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
afterAll(() => rig.close());

test.each([
  ['eu_vat', 'DE000000000', 'DE', 'verified'],
  ['eu_vat', 'DE111111111', 'DE', 'unverified'],
  ['gb_vat', 'GB222222222', 'GB', 'pending'],
  ['us_ein', '12-3456789', 'US', 'unavailable'],
] as const)('A tax id %s %s of %s is %s', async (type, value, country, status) => {
  const { id } = await createCustomer(stripe);
  const created = await stripe.customers.createTaxId(id, { type, value });
  expect(created).toMatchObject({ id: expect.stringMatching(/^txi_/), country, verification: { status } });
  expect(await stripe.customers.retrieveTaxId(id, created.id)).toEqual(
    expect.objectContaining({ value, customer: id }),
  );
});

test('The tax ids of a customer are listed, expanded and removed, and each change is an event', async () => {
  const { id } = await createCustomer(stripe);
  const other = await createCustomer(stripe);
  const first = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'FR000000000' });
  await stripe.customers.createTaxId(other.id, { type: 'eu_vat', value: 'IT000000000' });
  expect((await stripe.customers.listTaxIds(id)).data.map((one) => one.id)).toEqual([first.id]);
  const expanded = await stripe.customers.retrieve(id, { expand: ['tax_ids'] });
  expect(expanded).toMatchObject({ tax_ids: { data: [{ id: first.id }] } });
  await expect(stripe.customers.retrieveTaxId(other.id, first.id)).rejects.toMatchObject({ statusCode: 404 });
  expect(await stripe.customers.deleteTaxId(id, first.id)).toMatchObject({ deleted: true });
  expect((await stripe.customers.listTaxIds(id)).data).toEqual([]);
  const types = await rig.types();
  expect(types).toEqual(expect.arrayContaining(['customer.tax_id.created', 'customer.tax_id.deleted']));
});

test.each([
  [{ type: 'eu_vat', value: 'nonsense' }, 'tax_id_invalid', 'value'],
  [{ type: 'xx_tin', value: '1' }, undefined, 'type'],
] as const)('The tax id %j is refused', async (params, code, param) => {
  const { id } = await createCustomer(stripe);
  const create = stripe.customers.createTaxId(id, params);
  await expect(create).rejects.toMatchObject({ statusCode: 400, param, ...(code ? { code } : {}) });
});
