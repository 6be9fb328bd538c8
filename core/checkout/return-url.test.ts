import { describe, expect, it } from 'vitest';
import { allowedReturnUrl } from './return-url.ts';

const ORIGIN = 'https://app.example.com';
const listed = [
  ORIGIN,
  'http://app.example.com',
  'http://localhost:*',
  'http://127.0.0.1:5173',
  'https://localhost:8443',
  'ftp://localhost',
];
const allowed = (text: string) => allowedReturnUrl(text, listed);
const ofLength = (length: number, start = `${ORIGIN}/`) => start.padEnd(length, 'a');

describe('A return URL', () => {
  it('is sent to Stripe as a browser reads it', () => {
    expect(allowed(`${ORIGIN}/done?plan=pro#top`)).toBe(`${ORIGIN}/done?plan=pro#top`);
    expect(allowed('HTTPS://App.Example.com:443/a/../é')).toBe(`${ORIGIN}/%C3%A9`);
  });

  it('keeps the placeholder that Stripe replaces, wherever it is', () => {
    const url = `${ORIGIN}/{CHECKOUT_SESSION_ID}/{CHECKOUT_SESSION_ID}?id={CHECKOUT_SESSION_ID}`;
    expect(allowed(url)).toBe(url);
    expect(allowed(`${ORIGIN}/{OTHER}`)).toBe(`${ORIGIN}/%7BOTHER%7D`);
  });

  it.each([
    ['of another origin', 'https://evil.example/'],
    ['of another port', `${ORIGIN}:8443/`],
    ['with a user name', 'https://ann@app.example.com/'],
    ['with a password', 'https://:secret@app.example.com/'],
    ['that is no URL', 'app.example.com'],
    ['that is empty', ''],
    ['with a space', `${ORIGIN}/a b`],
    ['with a space before it', ` ${ORIGIN}/`],
    ['with a space that is not ASCII', `${ORIGIN}/a\u00a0b`],
    ['with a line break', `${ORIGIN}/a\nb`],
    ['with a backslash', `${ORIGIN}\\@evil.example/`],
    ['with a control character', `${ORIGIN}/a\u0001b`],
    ['with a control character beyond ASCII', `${ORIGIN}/a\u0080b`],
  ])('%s is refused', (_, text) => {
    expect(allowed(text)).toBeUndefined();
  });

  it('uses plain HTTP on this machine only, even if its origin is listed', () => {
    for (const url of ['http://localhost:5173/a', 'http://127.0.0.1:5173/a', 'https://localhost:8443/a']) {
      expect(allowed(url)).toBe(url);
    }
    expect(allowed('http://app.example.com/a')).toBeUndefined();
    expect(allowed('ftp://localhost/a')).toBeUndefined();
  });

  it('has at most 2,000 characters, as the client sends it and as Stripe receives it', () => {
    expect(allowed(ofLength(2_000))).toBe(ofLength(2_000));
    expect(allowed(ofLength(2_001))).toBeUndefined();
    // Without the default port it is shorter.
    expect(allowed(ofLength(2_000, `${ORIGIN}:443/`))).toBe(ofLength(1_996));
    expect(allowed(ofLength(2_001, `${ORIGIN}:443/`))).toBeUndefined();
    // One character becomes six.
    expect(allowed(`${ofLength(1_994)}é`)).toBe(`${ofLength(1_994)}%C3%A9`);
    expect(allowed(`${ofLength(1_995)}é`)).toBeUndefined();
  });
});

describe('A link that opens an app', () => {
  const links = ['predixa://', 'shop://checkout'];
  const allowedLink = (text: string) => allowedReturnUrl(text, [...listed, ...links]);

  it('is a return URL if its scheme is listed, alone or with its host', () => {
    for (const url of ['predixa://', 'predixa://a/b?id={CHECKOUT_SESSION_ID}', 'shop://checkout/done']) {
      expect(allowedLink(url)).toBe(url);
    }
    expect(allowedLink('PREDIXA://Done')).toBe('predixa://Done');
    expect(allowedLink('shop://CHECKOUT/done')).toBe('shop://CHECKOUT/done');
  });

  it.each([
    'other://checkout',
    'shop://evil/done',
    'shop://checkout.evil/done',
    'shop://',
    'predixa:done',
    'predixa:/done',
    'predixa://ann@a/b',
    'predixa-evil://a',
  ])('is refused otherwise: %s', (url) => {
    expect(allowedLink(url)).toBeUndefined();
  });

  it.each(['javascript://', 'data://', 'file://', 'vbscript://', 'ftp://localhost'])(
    'is never one that a browser runs or reads itself: %s',
    (scheme) => {
      expect(allowedReturnUrl(`${scheme}/%0aalert(1)`, [scheme])).toBeUndefined();
    },
  );
});
