import { describe, expect, it } from 'vitest';
import { type CheckoutRules, parseCheckoutRequest } from './checkout-request.ts';
import { parseReturnUrl } from './return-pages.ts';

const ORIGIN = 'https://app.example.com';
const rules: CheckoutRules = {
  allowedOrigins: [ORIGIN],
  maxQuantity: 5,
  promotionCodes: true,
  successUrl: 'https://configured.example/success',
  cancelUrl: 'https://configured.example/cancel',
};
const read = (body: Record<string, unknown>, changes: Partial<CheckoutRules> = {}) =>
  parseCheckoutRequest(body, { ...rules, ...changes });
const refused = (code: string, detail: string) => ({ kind: 'refused', code, detail });

const price = 'pro_monthly';
const defaults = {
  items: { price, quantity: null, addOns: [] },
  again: false,
  promotion: false,
  locale: null,
  pages: { uiMode: 'hosted_page', successUrl: rules.successUrl, cancelUrl: rules.cancelUrl },
};

describe('A checkout request', () => {
  it('needs only a price', () => {
    expect(read({ price })).toEqual({ kind: 'request', request: defaults });
    expect(read({ price }, { promotionCodes: false })).toEqual({ kind: 'request', request: defaults });
  });

  it('may contain every documented field', () => {
    const urls = { success_url: `${ORIGIN}/success`, cancel_url: `${ORIGIN}/cancel` };
    expect(
      read({
        price,
        quantity: 5,
        promotion: true,
        again: true,
        add_ons: [{ price: 'seats' }],
        locale: 'pt-BR',
        ...urls,
      }),
    ).toEqual({
      kind: 'request',
      request: {
        items: { price, quantity: 5, addOns: [{ price: 'seats', quantity: null }] },
        again: true,
        promotion: true,
        locale: 'pt-BR',
        pages: { uiMode: 'hosted_page', successUrl: `${ORIGIN}/success`, cancelUrl: `${ORIGIN}/cancel` },
      },
    });
  });

  it('is refused with any other field, which the answer names in at most 40 characters', () => {
    expect(read({ price, trial_days: 90 })).toEqual(
      refused('malformed_request', 'Unknown field: trial_days.'),
    );
    expect(read({ price, ['x'.repeat(41)]: 1 })).toEqual(
      refused('malformed_request', `Unknown field: ${'x'.repeat(40)}.`),
    );
  });

  it.each([undefined, null, '', 5, ['pro_monthly'], 'p'.repeat(256)])(
    'is refused for the price %j',
    (bad) => {
      expect(read({ price: bad })).toEqual(
        refused('malformed_request', 'price must be a price id or a lookup key.'),
      );
    },
  );

  it('accepts a price of 255 characters', () => {
    const long = 'p'.repeat(255);
    const items = { ...defaults.items, price: long };
    expect(read({ price: long })).toEqual({ kind: 'request', request: { ...defaults, items } });
  });

  it.each(['2', 1.5, 0, -1, null, Number.NaN, 2 ** 53])('is refused for the quantity %j', (quantity) => {
    expect(read({ price, quantity })).toEqual(
      refused('malformed_request', 'quantity must be a whole number of at least 1.'),
    );
  });

  it('is refused for more than the configured quantity', () => {
    expect(read({ price, quantity: 6 })).toEqual(
      refused('quantity_not_allowed', 'quantity must be at most 5.'),
    );
  });

  it('shows promotion codes only where they are accepted', () => {
    expect(read({ price, promotion: 'true' })).toEqual(
      refused('malformed_request', 'promotion must be true or false.'),
    );
    expect(read({ price, promotion: true }, { promotionCodes: false })).toEqual(
      refused('promotion_not_allowed', 'Promotion codes are not accepted.'),
    );
  });

  it.each(['DE', 'xx', '', 5, ['de']])('is refused for the locale %j', (locale) => {
    expect(read({ price, locale })).toEqual(
      refused('malformed_request', 'locale must be one of Stripe’s, such as de.'),
    );
  });

  it('is refused for a return URL of another origin, and names the first', () => {
    const bad = 'https://evil.example/';
    const success = refused('return_url_not_allowed', 'success_url must be a URL of an allowed origin.');
    const cancel = refused('return_url_not_allowed', 'cancel_url must be a URL of an allowed origin.');
    expect(read({ price, success_url: bad })).toEqual(success);
    expect(read({ price, success_url: bad, cancel_url: bad })).toEqual(success);
    expect(read({ price, cancel_url: bad })).toEqual(cancel);
    // The client's mistake counts before a missing configuration.
    expect(read({ price, cancel_url: bad }, { successUrl: null })).toEqual(cancel);
  });

  it('without a return URL needs a configured one', () => {
    const missing = (...names: string[]) => ({ kind: 'misconfigured', missing: names });
    expect(read({ price }, { successUrl: null })).toEqual(missing('CHECKOUT_SUCCESS_URL'));
    expect(read({ price }, { cancelUrl: null })).toEqual(missing('CHECKOUT_CANCEL_URL'));
    expect(read({ price }, { successUrl: null, cancelUrl: null })).toEqual(
      missing('CHECKOUT_SUCCESS_URL', 'CHECKOUT_CANCEL_URL'),
    );
  });
});

describe('The return URL of a request', () => {
  it('is the configured one if none or null is sent', () => {
    for (const given of [undefined, null]) {
      expect(parseReturnUrl(given, 'configured', rules)).toBe('configured');
      expect(parseReturnUrl(given, null, rules)).toBeNull();
    }
  });

  it('is the given one if it is a text and allowed', () => {
    expect(parseReturnUrl(`${ORIGIN}/a`, 'configured', rules)).toBe(`${ORIGIN}/a`);
    expect(parseReturnUrl('https://evil.example/', 'configured', rules)).toBeUndefined();
    expect(parseReturnUrl('', 'configured', rules)).toBeUndefined();
    expect(parseReturnUrl([`${ORIGIN}/a`], 'configured', rules)).toBeUndefined();
  });
});
