import { describe, expect, it } from 'vitest';
import { readReturnPages } from './return-pages.ts';

const ORIGIN = 'https://app.example.com';
const rules = {
  allowedOrigins: [ORIGIN, 'predixa://'],
  successUrl: `${ORIGIN}/thanks`,
  cancelUrl: `${ORIGIN}/no`,
};
const read = (body: Record<string, unknown>, changes: Partial<typeof rules> = {}) =>
  readReturnPages(body, { ...rules, ...changes });
const pages = (shown: object) => ({ kind: 'pages', pages: shown });
const malformed = (detail: string) => ({ kind: 'refused', code: 'malformed_request', detail });

describe('The page of a checkout', () => {
  it.each([undefined, null, 'hosted_page', 'hosted'])('is Stripe’s own for ui_mode %j', (ui_mode) => {
    const own = { uiMode: 'hosted_page', successUrl: rules.successUrl, cancelUrl: rules.cancelUrl };
    expect(read({ ui_mode })).toEqual(pages(own));
  });

  it.each([
    ['embedded_page', 'embedded_page'],
    ['embedded', 'embedded_page'],
    ['elements', 'elements'],
    ['custom', 'elements'],
  ])('is within the app for ui_mode %s, and returns to one address', (ui_mode, uiMode) => {
    const returnUrl = `${ORIGIN}/back`;
    expect(read({ ui_mode, return_url: returnUrl })).toEqual(pages({ uiMode, returnUrl }));
    expect(read({ ui_mode })).toEqual(pages({ uiMode, returnUrl: rules.successUrl }));
  });

  it('opens an app whose links are listed', () => {
    const link = 'predixa://checkout/done?id={CHECKOUT_SESSION_ID}';
    expect(read({ success_url: link })).toMatchObject(
      pages({ uiMode: 'hosted_page', successUrl: link, cancelUrl: rules.cancelUrl }),
    );
  });

  it.each(['form', 'toString', '', 7, {}])('is refused for ui_mode %j', (ui_mode) => {
    expect(read({ ui_mode })).toEqual(malformed('ui_mode must be hosted_page, embedded_page or elements.'));
  });

  it('has no address of the other kind', () => {
    expect(read({ return_url: `${ORIGIN}/a` })).toEqual(
      malformed('return_url does not belong to ui_mode hosted_page.'),
    );
    expect(read({ ui_mode: 'elements', cancel_url: `${ORIGIN}/a` })).toEqual(
      malformed('cancel_url does not belong to ui_mode elements.'),
    );
    expect(read({ ui_mode: 'elements', cancel_url: null }).kind).toBe('pages');
  });

  it('has no address of another origin', () => {
    expect(read({ ui_mode: 'elements', return_url: 'https://evil.example/' })).toEqual({
      kind: 'refused',
      code: 'return_url_not_allowed',
      detail: 'return_url must be a URL of an allowed origin.',
    });
  });

  it('within the app needs one address, sent or configured', () => {
    expect(readReturnPages({ ui_mode: 'elements' }, { ...rules, successUrl: null })).toEqual({
      kind: 'misconfigured',
      missing: ['CHECKOUT_SUCCESS_URL'],
    });
  });
});
