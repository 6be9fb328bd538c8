import { describe, expect, it } from 'vitest';
import { isAllowedOrigin } from './origin.ts';

const allowed = ['https://app.example.com', 'http://localhost:*'];

describe('An allowed origin', () => {
  it.each(['https://app.example.com', 'http://localhost:1', 'http://localhost:3000'])('is %s', (origin) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(true);
  });

  it.each([
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://evil.example',
    'http://app.example.com',
    'http://localhost',
    'http://localhost:',
    'http://localhost:*',
    'http://localhost:3000.evil.example',
    'http://localhost:evil3000',
    'http://localhost:3000/path',
    'http://localhos!:3000',
    'https://localhost:3000',
    'evil.http://localhost:3000',
    '',
    'null',
  ])('is not %j', (origin) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(false);
  });

  it('is none if none is listed', () => {
    expect(isAllowedOrigin('https://app.example.com', [])).toBe(false);
  });

  it('has a port of its own unless every port is listed', () => {
    expect(isAllowedOrigin('http://localhost:3000', ['http://localhost:3000'])).toBe(true);
    expect(isAllowedOrigin('http://localhost:3001', ['http://localhost:3000'])).toBe(false);
  });
});
