import { expect, it } from 'vitest';
import { Fault, refusalIn } from '../system/fault.ts';
import type { Refusal } from '../system/refusal.ts';
import { withRefusedUrl } from './refused-url.ts';

function refused(setting: string, param?: string): Fault {
  const refusal: Refusal = { kind: 'installation', setting, fix: 'x' };
  return new Fault(
    { code: 'refused', system: 'stripe', operation: 'open', param, refusal },
    { cause: 'why' },
  );
}

it.each([
  ['CHECKOUT_SUCCESS_URL', 'success_url', { success_url: 'http://x' }],
  ['CHECKOUT_CANCEL_URL', 'cancel_url', { price: 'p', cancel_url: 'http://x' }],
  ['PORTAL_RETURN_URL', 'return_url', { return_url: 'http://x' }],
  ['PORTAL_RETURN_URL', 'flow_data[after_completion][redirect][return_url]', { return_url: 'http://x' }],
  ['CHECKOUT_SUCCESS_URL, CHECKOUT_CANCEL_URL or PORTAL_RETURN_URL', undefined, { cancel_url: 'http://x' }],
])('A refused URL that the client sent is the client’s: %s, %s', (setting, param, body) => {
  const cause = withRefusedUrl(refused(setting, param), body);
  expect(refusalIn(cause)).toMatchObject({ kind: 'situation', problem: 'return_url_not_allowed' });
  expect(cause).toMatchObject({ cause: 'why', details: { param } });
});

it.each([
  ['CHECKOUT_SUCCESS_URL', 'success_url', { price: 'p' }],
  ['CHECKOUT_SUCCESS_URL', 'success_url', { cancel_url: 'http://x' }],
  ['CHECKOUT_SUCCESS_URL, CHECKOUT_CANCEL_URL or PORTAL_RETURN_URL', undefined, {}],
  ['CHECKOUT_PRICES', 'line_items', { success_url: 'http://x' }],
  ['CHECKOUT_PRICES', undefined, { success_url: 'http://x' }],
])('A refusal of a setting stays one: %s, %s', (setting, param, body) => {
  const cause = refused(setting, param);
  expect(withRefusedUrl(cause, body)).toBe(cause);
});

it('Every other failure stays as it is', () => {
  const situation: Refusal = { kind: 'situation', problem: 'currency_mismatch', hint: 'x' };
  const failures = [
    new Error('x'),
    new Fault({ code: 'unavailable', system: 'stripe', operation: 'open' }),
    new Fault({
      code: 'refused',
      system: 'stripe',
      operation: 'open',
      param: 'success_url',
      refusal: situation,
    }),
  ];
  for (const cause of failures) expect(withRefusedUrl(cause, { success_url: 'http://x' })).toBe(cause);
});
