import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProblemCode, problems } from '../../contract/problem.ts';
import { asUnauthorized } from '../../tests/support/shipped-clients.ts';
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

describe('The identity of a request', () => {
  it.each([
    ['REST, ID token', rest(idClaims)],
    ['REST, access token', rest(accessClaims)],
    ['HTTP, ID token', http(idClaims)],
    ['HTTP, access token', http(accessClaims)],
  ])('has the sub and the username, which is not the sub: %s', (_, event) => {
    expect(identityOf(readRequest(event))).toEqual({ sub: 'user-1', username: 'Google_1' });
  });

  it.each([
    ['no claims', rest(undefined)],
    ['null claims', http(null)],
    ['an empty sub', http({ sub: '' })],
    ['a blank sub', http({ sub: '  ' })],
    ['a sub that is not a text', http({ sub: ['user-1'] })],
    ['a sub with a character that no header can carry', http({ sub: 'user-\u0100' })],
    ['a sub with a space', http({ sub: 'user-1 ' })],
    ['a sub too long for a key', http({ sub: 'u'.repeat(129) })],
    ['no event', undefined],
    ['a header that claims it', { headers: { 'x-cognito-sub': 'user-1', authorization: 'Bearer x' } }],
    ['a query that claims it', { queryStringParameters: { sub: 'user-1' } }],
    ['a path that claims it', { pathParameters: { sub: 'user-1' } }],
    ['a body that claims it', { body: '{"sub":"user-1"}' }],
  ])('is undefined for %s', (_, event) => {
    expect(identityOf(readRequest(event))).toBeUndefined();
  });
});

describe('A request', () => {
  it.each(['stripe-signature', 'Stripe-Signature', 'STRIPE-SIGNATURE'])(
    'finds a header in any letter case: %s',
    (name) => {
      expect(readRequest({ headers: { [name]: 't=1' } }).header('stripe-signature')).toBe('t=1');
      expect(
        readRequest({ headers: null, multiValueHeaders: { [name]: ['t=1', 'v1=2'] } }).header(
          'stripe-signature',
        ),
      ).toBe('t=1,v1=2');
    },
  );

  it('has the original bytes of a plain or base64 body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const original = Buffer.from(text);
        expect(readRequest({ body: text, isBase64Encoded: false }).body.equals(original)).toBe(true);
        expect(
          readRequest({ body: original.toString('base64'), isBase64Encoded: true }).body.equals(original),
        ).toBe(true);
      }),
    );
  });

  it('is read from an event of any shape without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        const request = readRequest(event);
        expect(request.header('x')).toBeTypeOf(typeof request.header('x'));
        expect(identityOf(request)?.sub).not.toBe('');
      }),
    );
  });
});

describe('A response', () => {
  it('for an error is problem+json with a stable code, and is never cached', () => {
    const response = problem('unavailable', { requestId: 'r-1', retryAfterSeconds: 5 });
    expect(response).toMatchObject({
      statusCode: 503,
      headers: {
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        'Retry-After': '5',
      },
    });
    expect(JSON.parse(response.body)).toEqual({
      type: 'about:blank',
      title: 'The service is temporarily unavailable. Try again later.',
      status: 503,
      code: 'unavailable',
      error: 'The service is temporarily unavailable. Try again later.',
      request_id: 'r-1',
    });
  });

  it.each(Object.keys(problems) as ProblemCode[])(
    'for the error %s has its text in `error` too, which shipped clients read',
    (code) => {
      const body: unknown = JSON.parse(problem(code).body);
      expect(body).toMatchObject({ code, error: problems[code].title });
      expect(asUnauthorized(body).error).toBe(problems[code].title);
    },
  );

  it('is readable only by pages of an allowed origin', () => {
    const response = problem('unauthorized');
    const allowed = ['https://app.example.com'];
    expect(withCorsHeaders('https://app.example.com', response, allowed).headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://app.example.com',
      Vary: 'Origin',
    });
    expect(withCorsHeaders('https://evil.example.com', response, allowed)).toBe(response);
    expect(withCorsHeaders(undefined, response, allowed)).toBe(response);
  });

  it('is readable from any port only if the allowed origin has a wildcard port', () => {
    const response = problem('unauthorized');
    const allowed = ['http://localhost:*'];
    expect(withCorsHeaders('http://localhost:5173', response, allowed).headers).toHaveProperty(
      'Vary',
      'Origin',
    );
    for (const origin of [
      'http://localhost',
      'http://localhost:',
      'http://localhost:80.evil.example',
      'https://localhost:1',
    ]) {
      expect(withCorsHeaders(origin, response, allowed)).toBe(response);
    }
  });
});
