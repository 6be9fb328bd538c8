import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf } from './identity.ts';
import { readRequest } from './request.ts';
import { problem, withCorsHeaders } from './response.ts';

const idClaims = { sub: 'user-1', 'cognito:username': 'Google_1', token_use: 'id' };
const accessClaims = { sub: 'user-1', username: 'Google_1', token_use: 'access' };
const rest = (claims: unknown) => ({ requestContext: { authorizer: { claims } } });
const http = (claims: unknown) => ({
  version: '2.0',
  requestContext: { authorizer: { jwt: { claims, scopes: null } } },
});

describe('identity', () => {
  it.each([
    ['REST, ID token', rest(idClaims)],
    ['REST, access token', rest(accessClaims)],
    ['HTTP, ID token', http(idClaims)],
    ['HTTP, access token', http(accessClaims)],
  ])('%s: the sub, and the username that is not the sub', (_, event) => {
    expect(identityOf(readRequest(event))).toEqual({ sub: 'user-1', username: 'Google_1' });
  });

  it.each([
    ['no claims', rest(undefined)],
    ['null claims', http(null)],
    ['an empty sub', http({ sub: '' })],
    ['a blank sub', http({ sub: '  ' })],
    ['a sub that is no text', http({ sub: ['user-1'] })],
    ['a sub that no header carries', http({ sub: 'user-\u0100' })],
    ['a sub with a blank', http({ sub: 'user-1 ' })],
    ['a sub too long for a key', http({ sub: 'u'.repeat(129) })],
    ['no event', undefined],
    ['a header that claims it', { headers: { 'x-cognito-sub': 'user-1', authorization: 'Bearer x' } }],
    ['a query that claims it', { queryStringParameters: { sub: 'user-1' } }],
    ['a path that claims it', { pathParameters: { sub: 'user-1' } }],
    ['a body that claims it', { body: '{"sub":"user-1"}' }],
  ])('nobody: %s', (_, event) => {
    expect(identityOf(readRequest(event))).toBeUndefined();
  });
});

describe('headers and body', () => {
  it.each(['stripe-signature', 'Stripe-Signature', 'STRIPE-SIGNATURE'])('%s is found in any case', (name) => {
    expect(readRequest({ headers: { [name]: 't=1' } }).header('stripe-signature')).toBe('t=1');
    expect(
      readRequest({ headers: null, multiValueHeaders: { [name]: ['t=1', 'v1=2'] } }).header(
        'stripe-signature',
      ),
    ).toBe('t=1,v1=2');
  });

  it('the bytes are those that were sent, plain or base64', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const sent = Buffer.from(text);
        expect(readRequest({ body: text, isBase64Encoded: false }).body.equals(sent)).toBe(true);
        expect(readRequest({ body: sent.toString('base64'), isBase64Encoded: true }).body.equals(sent)).toBe(
          true,
        );
      }),
    );
  });

  it('an event of any shape is read without a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        const request = readRequest(event);
        expect(request.header('x')).toBeTypeOf(typeof request.header('x'));
        expect(identityOf(request)?.sub).not.toBe('');
      }),
    );
  });
});

describe('answers', () => {
  it('errors are problem+json with a stable code, and nothing keeps them', () => {
    const sent = problem('unavailable', { requestId: 'r-1', retryAfterSeconds: 5 });
    expect(sent).toMatchObject({
      statusCode: 503,
      headers: {
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        'Retry-After': '5',
      },
    });
    expect(JSON.parse(sent.body)).toEqual({
      type: 'about:blank',
      title: 'The service is temporarily unavailable. Try again later.',
      status: 503,
      code: 'unavailable',
      request_id: 'r-1',
    });
  });

  it('only a site that is allowed may read them', () => {
    const sent = problem('unauthorized');
    const allowed = ['https://app.example.com'];
    expect(withCorsHeaders('https://app.example.com', sent, allowed).headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://app.example.com',
      Vary: 'Origin',
    });
    expect(withCorsHeaders('https://evil.example.com', sent, allowed)).toBe(sent);
    expect(withCorsHeaders(undefined, sent, allowed)).toBe(sent);
  });

  it('a port may be left open, and nothing else', () => {
    const sent = problem('unauthorized');
    const allowed = ['http://localhost:*'];
    expect(withCorsHeaders('http://localhost:5173', sent, allowed).headers).toHaveProperty('Vary', 'Origin');
    for (const origin of [
      'http://localhost',
      'http://localhost:',
      'http://localhost:80.evil.example',
      'https://localhost:1',
    ]) {
      expect(withCorsHeaders(origin, sent, allowed)).toBe(sent);
    }
  });
});
