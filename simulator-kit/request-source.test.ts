/** Which requests the server answers. */
import { expect, test } from 'vitest';
import { type RequestSource, refusalOf } from './request-source.ts';

const program: RequestSource = {
  method: 'POST',
  host: '127.0.0.1:12111',
  origin: undefined,
  site: undefined,
  mode: undefined,
  destination: undefined,
};
const names = { port: 12111, address: '127.0.0.1', allowed: [] };

function outcomeOf(source: Partial<RequestSource>, more: object = {}): 'answered' | 'refused' {
  return refusalOf({ ...program, ...source }, { ...names, ...more }) === undefined ? 'answered' : 'refused';
}

test.each<[string | undefined, 'answered' | 'refused']>([
  ['127.0.0.1:12111', 'answered'],
  ['LOCALHOST:12111', 'answered'],
  ['[::1]:12111', 'answered'],
  ['localhost', 'refused'],
  ['localhost:3000', 'refused'],
  ['localhost.:12111', 'refused'],
  ['localhost.evil.example:12111', 'refused'],
  ['127.0.0.1.nip.io:12111', 'refused'],
  ['evil.example:12111', 'refused'],
  ['192.168.1.7:12111', 'refused'],
  ['', 'refused'],
  [undefined, 'refused'],
])('A request to the host %j is %s', (host, outcome) => {
  expect(outcomeOf({ host })).toBe(outcome);
});

test('A host without a port is that of port 80', () => {
  expect(outcomeOf({ host: 'localhost' }, { port: 80 })).toBe('answered');
  expect(outcomeOf({ host: 'localhost:80' }, { port: 80 })).toBe('answered');
});

test('A server that listens on a public address answers to addresses, and to the names that it allows', () => {
  const open = { address: '0.0.0.0', allowed: ['simulator'] };
  expect(outcomeOf({ host: '192.168.1.7:12111' }, open)).toBe('answered');
  expect(outcomeOf({ host: '[fe80::1]:12111' }, open)).toBe('answered');
  expect(outcomeOf({ host: 'Simulator:12111' }, open)).toBe('answered');
  expect(outcomeOf({ host: 'simulator' }, open)).toBe('answered');
  expect(outcomeOf({ host: 'evil.example:12111' }, open)).toBe('refused');
});

test.each<[string, Partial<RequestSource>, 'answered' | 'refused']>([
  ['program', {}, 'answered'],
  ['page of the server', { origin: 'http://127.0.0.1:12111', site: 'same-origin' }, 'answered'],
  ['page of the server under its other name', { origin: 'http://localhost:12111' }, 'refused'],
  ['page of an app on another port', { origin: 'http://127.0.0.1:3000', site: 'same-site' }, 'refused'],
  ['page of another site', { origin: 'https://evil.example', site: 'cross-site' }, 'refused'],
  ['page without an origin', { origin: 'null' }, 'refused'],
  ['form of another site', { site: 'cross-site', mode: 'navigate', destination: 'document' }, 'refused'],
  ['picture', { method: 'GET', site: 'cross-site', mode: 'no-cors', destination: 'image' }, 'refused'],
  ['frame', { method: 'GET', site: 'cross-site', mode: 'navigate', destination: 'iframe' }, 'refused'],
  ['link', { method: 'GET', site: 'cross-site', mode: 'navigate', destination: 'document' }, 'answered'],
  ['redirect', { method: 'GET', site: 'same-site', mode: 'navigate', destination: 'document' }, 'answered'],
])('A request of a %s is handled: %j is %s', (_case, source, outcome) => {
  expect(outcomeOf(source)).toBe(outcome);
});
